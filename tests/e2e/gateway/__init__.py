"""The gateway as the door of a whole house: real services, real broker, real browser."""
