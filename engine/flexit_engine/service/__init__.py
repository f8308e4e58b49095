"""The daemon: HTTP service, list of edits, supervision of the worker.

`protocol` says what is said, `app` who answers it, `store` what is kept, `scheduler` whose turn it
is, `worker_process` holds the one process that imports torch. Nothing here imports torch.
"""
