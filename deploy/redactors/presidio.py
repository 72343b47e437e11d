"""A redactor for `--redactor`: pip install presidio-analyzer && python -m spacy download en_core_web_lg."""
import json, sys
from importlib.metadata import version
from presidio_analyzer import AnalyzerEngine

analyzer = AnalyzerEngine()
language = sys.argv[1] if len(sys.argv) > 1 else "en"
print(json.dumps({"redactor": "presidio " + version("presidio-analyzer")}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    spans = [[{"start": found.start, "end": found.end, "kind": found.entity_type}
              for found in analyzer.analyze(text=text, language=language)] for text in request["texts"]]
    print(json.dumps({"id": request["id"], "spans": spans}), flush=True)
