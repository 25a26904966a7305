"""Use cases, free of Qt: every button is one function here."""
