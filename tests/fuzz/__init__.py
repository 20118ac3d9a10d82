"""Everything that is parsed from outside, with inputs that nearly fit.

    .venv/bin/python -m tests.fuzz                      every target, 20 seconds each
    .venv/bin/python -m tests.fuzz tree --seconds 600   one of them, longer

A target (`targets.Target`) reads bytes: files of a repository, settings and markers, streams of
JSON, bodies of exchanges, tables to import, configurations of bots. Inputs begin with valid ones
and are changed (`mutations`). Of each holds (`watch`): nothing is raised but what the target
declares, it takes at most 2 seconds of the processor and 500 MB, and writes nowhere but in its
folder. `test_fuzz` runs some inputs of each with every change; what was ever found has a test of
its own beside the code that it was found in.
"""
