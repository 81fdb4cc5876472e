"""A model as a web service: questions in JSON, answers in batches, a page for people. Needs the extra ``serve``."""
