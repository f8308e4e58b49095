"""The parts of the docker, one a file. They know the model, and not the session."""
