"""The installer's commands of `flexit`, one module each. Importing them costs nothing."""
