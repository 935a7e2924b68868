"""How the shipped static encoder was made, repeatable with one command.

``python -m indexer.training --corpora DIR --out DIR`` reads a folder of parallel text, trains, and
writes a folder that both the light path of ``knowledge.encoders`` and ``SentenceTransformer`` load.
Nothing in here is needed to run the plugin.
"""
