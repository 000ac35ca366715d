"""Tables as people keep them, whatever they were written with: sheets, documents, texts, the clipboard."""
