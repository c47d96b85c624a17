"""The build: a lesson on the library becomes an answer key and a notebook with holes.

`lesson` reads a day's lesson, `cutting` cuts holes in library code, `notebooks` makes the key and `release` the learner's
notebook, `cut_tree` makes the library that a candidate sees. `gates` holds every day to its promises: each `gates_…`
module is one of them, `trial` runs what they look at in fresh interpreters. `rooms` opens a new day from `template`.
`commands` are `course build`, `course check` and `course new-day`.
"""
