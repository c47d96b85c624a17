"""Grading untrusted notebooks: the verdict is computed in a process in which the learner's code never runs.

`examiner` runs the checks and trusts nothing; `candidate` is the sandboxed process that runs the learner's cells;
`channel` carries data between them; `sandbox` is what the candidate gives up first; `submission` reads notebooks;
`verdicts` is the append-only log; `plugins` puts all of it into nbgrader.
"""
