"""The pages: server-rendered, usable without scripts, in plain Danish."""
