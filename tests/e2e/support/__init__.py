"""What an end-to-end test needs: the daemon in a process of its own, a receiver of webhooks, clients and a load.

Standard library only. Nothing here shares code with the daemon.
"""
