"""What assessment answers when it is asked. Every read of ratings is logged with its purpose."""
