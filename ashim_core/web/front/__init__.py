"""What stands between the clients and the application: a worker class for gunicorn.

One thread collects what comes and waits for whoever is slow; requests get a thread of their own
only when there is something to do for them.
"""
