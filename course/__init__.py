"""A 40-day workbook for system-design interviews: every answer is run and measured."""
