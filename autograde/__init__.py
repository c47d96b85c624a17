"""Grading untrusted notebooks: the verdict is computed in a process in which the learner's code never runs.

`examine` runs the checks and trusts nothing; `candidate` is the sandboxed process that runs the learner's cells;
`channel` carries data between them; `sandbox` is what the candidate gives up first; `submission` reads notebooks;
`grading` takes one from file to verdicts, `cohort` all of them to log, gradebook and feedback; `verdict_log` is
append-only; `plugins` puts all of it into nbgrader.
"""
