from tests.engine.threads import one_thread  # noqa: F401 -- for all tests here
