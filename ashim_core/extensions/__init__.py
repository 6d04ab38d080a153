"""What packages may add to the server itself: pages, routes, engines, sign-in, listeners.

They are plugins of the group `ashim.server`, found like tools. The server's processes load them, a
worker never does, so a tool package may hold one and bring whatever it needs.
"""
