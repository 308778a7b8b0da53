"""What a person types and reads: the commands, their options, tables, progress, messages and TAB."""
