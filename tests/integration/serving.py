"""Python's servers, served beside the test that made them."""

import threading

# How often one looks whether it has been told to stop, which `shutdown` waits for: at Python's half a second most of the
# tests' time would be that.
POLL_S = 0.02


def serve(server):
    """Serves until `server.shutdown()`; returns the thread, which ends then."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    return thread
