"""The whole main job on a real register, through the HTTP API, with many callers at once."""
