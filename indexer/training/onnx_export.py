"""Writes the contextual encoder's folder: the reader as an ONNX graph in int8, and what the loaders want to know."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from indexer.training.export import CONFIG, write_json
from indexer.training.reader import Reader
from knowledge.contextual_encoder import ABOUT_FILE, GRAPH_FILE, OUTPUT, PIECES, PRESENT
from knowledge.static_encoder import StaticEncoder

log = logging.getLogger(__name__)

# Which module sentence-transformers shall load; it asks for trust_remote_code, as for all but its own.
MODULE = "knowledge.contextual_module.ContextualModule"
OPSET = 17  # the newest that the exporter without onnxscript writes well


def export_reader(reader: Reader, static: Path, folder: Path) -> None:
    """Writes ``folder``; the ``reader`` stands on the encoder in ``static``, which is named in it, not copied."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as aside:
        whole = Path(aside) / "whole.onnx"
        write_graph(reader, whole)
        quantise_graph(whole, folder / GRAPH_FILE)
    about = {"static": StaticEncoder(static).fingerprint, "longest": reader.longest}
    write_json(folder / ABOUT_FILE, about)
    write_json(folder / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": MODULE}])
    write_json(folder / "config_sentence_transformers.json", CONFIG)
    log.info("exported to %s", folder)


def write_graph(reader: Reader, path: Path) -> None:
    """The reader as a graph in float32: any number of texts, any number of pieces up to its longest."""
    dimensions = reader.map.line.in_features - 1
    example = (torch.randn(2, 3, dimensions), torch.ones(2, 3))
    some = {0: "texts", 1: "pieces"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter is told to retire; its successor needs another package
        torch.onnx.export(
            reader.float().eval(),
            example,
            str(path),
            input_names=[PIECES, PRESENT],
            output_names=[OUTPUT],
            dynamic_axes={PIECES: some, PRESENT: some, OUTPUT: {0: "texts"}},
            opset_version=OPSET,
            dynamo=False,
        )


def quantise_graph(whole: Path, path: Path) -> None:
    """Weights as int8, a scale for each column; what flows between is brought to int8 on the way."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    fresh = path.with_suffix(".tmp")
    quantize_dynamic(whole, fresh, per_channel=True, weight_type=QuantType.QInt8)
    fresh.replace(path)
