"""The screens of the interview: widget, text, page; thin views of what the engine plays."""
