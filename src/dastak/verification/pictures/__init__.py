"""Pictures of documents and faces: what a machine reads from them, as assistance, offline, in a process of its own."""
