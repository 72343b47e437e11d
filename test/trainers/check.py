"""Loads exports as trainers do, and takes a step with each trainer on a tiny model made on the spot.

`check.py FOLDER` reads FOLDER/VARIANT/ENCODING/ (as `chambers harvest export` has written them) and FOLDER/msm.jsonl, and prints one
JSON object: for each check `ok` or what went wrong. `check.py --imports` only imports. No network.
"""

import os
import sys

# Functions of absent CUDA libraries are looked for when they are called, which is never.
sys.setdlopenflags(os.RTLD_LAZY)

import glob
import json
import math

import duckdb
import pyarrow
import pyarrow.parquet
import torch
from datasets import Json, List, Value, load_dataset
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM, set_seed
import trl
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def template(name):
    folder = os.path.join(os.path.dirname(trl.__file__), "chat_templates")
    with open(os.path.join(folder, f"{name}.jinja"), encoding="utf-8") as file:
        return file.read()


def make_tokenizer(chat_template="qwen3"):
    """One token for each byte."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=SPECIAL[2], pad_token=SPECIAL[0], chat_template=template(chat_template)
    )


def make_model(tokenizer):
    set_seed(1)
    config = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8, max_position_embeddings=4096, tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return Qwen3ForCausalLM(config)


def without_nulls(value):
    """Structs give every value every field."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def duck_type(feature):
    if isinstance(feature, Json):
        return "JSON"
    if isinstance(feature, List):
        return duck_type(feature.feature) + "[]"
    if isinstance(feature, Value):
        return {"string": "VARCHAR", "bool": "BOOLEAN", "int64": "BIGINT", "float64": "DOUBLE"}[feature.dtype]
    fields = ", ".join(f"{name} {duck_type(field)}" for name, field in feature.items())
    return f"STRUCT({fields})"


class Exports:
    def __init__(self, folder):
        self.folder = folder

    def place(self, variant, encoding):
        return os.path.join(self.folder, variant, encoding)

    def cache(self, variant, encoding):
        """One for each: files of one second and size are one to a cache."""
        return os.path.join(self.folder, ".cache", variant, encoding)

    def rows(self, variant):
        """What Python's own reader finds in the JSONL."""
        with open(os.path.join(self.place(variant, "jsonl"), "train.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def dataset(self, variant, encoding="parquet-snappy", **options):
        place, cache = self.place(variant, encoding), self.cache(variant, encoding)
        return load_dataset(place, split="train", cache_dir=cache, **options)

    def check_loads(self, variant, encoding):
        place = self.place(variant, encoding)
        expected = self.rows(variant)
        with open(os.path.join(place, "manifest.json"), encoding="utf-8") as file:
            assert json.load(file)["rows"] == len(expected), "the manifest counts other rows"
        dataset = self.dataset(variant, encoding)
        assert without_nulls(list(dataset)) == without_nulls(expected), "datasets reads other rows"
        [path] = glob.glob(os.path.join(place, "train.*"))
        kind = "parquet" if encoding.startswith("parquet") else "json"
        bare = load_dataset(kind, data_files=path, split="train", cache_dir=self.cache(variant, encoding))
        assert without_nulls(list(bare)) == without_nulls(expected), "datasets reads other rows without the card"
        if kind == "parquet":
            assert bare.features == dataset.features, f"the file's types are not the card's: {bare.features}"
            self.check_columns(path, dataset.features, len(expected))
        else:
            # As of a large file, of which later pieces hold what the first one had not.
            pieces = self.dataset(variant, encoding, chunksize=4096)
            assert without_nulls(list(pieces)) == without_nulls(expected), "datasets reads other rows piece by piece"
            # What a list holds of which all are empty at first, and figures that were whole at first, the card alone tells.
            if not variant.startswith("judge"):
                cache = self.cache(variant, encoding) + "-pieces"
                bare = load_dataset("json", data_files=path, split="train", cache_dir=cache, chunksize=4096)
                assert without_nulls(list(bare)) == without_nulls(expected), "datasets reads other rows without the card, piece by piece"
            [[count]] = duckdb.sql(f"SELECT count(*) FROM read_json('{path}', format = 'newline_delimited')").fetchall()
            assert count == len(expected), f"DuckDB counts {count}"

    def check_columns(self, path, features, count):
        table = pyarrow.parquet.read_table(path)
        assert table.num_rows == count, f"pyarrow counts {table.num_rows}"
        for field in features.arrow_schema:
            found = table.schema.field(field.name).type
            assert same_type(found, field.type), f"pyarrow reads {field.name} as {found}"
        found = duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        wanted = {name: duck_type(feature) for name, feature in features.items()}
        assert {row[0]: row[1] for row in found} == wanted, f"DuckDB reads {found}"
        [[rows]] = duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall()
        assert rows == count, f"DuckDB counts {rows}"
        for name, feature in features.items():
            if duck_type(feature) == "JSON[]":
                query = f"SELECT count(*) FROM '{path}' WHERE {name}[-1]->>'role' IS NOT NULL"
                assert duckdb.sql(query).fetchall() == [(count,)], f"DuckDB finds no roles in {name}"


def same_type(found, wanted):
    """As `==`, whatever the fields of lists are called."""
    if pyarrow.types.is_list(wanted):
        return pyarrow.types.is_list(found) and same_type(found.value_type, wanted.value_type)
    if pyarrow.types.is_struct(wanted):
        names = [field.name for field in wanted]
        return [field.name for field in found] == names and all(
            same_type(found.field(name).type, wanted.field(name).type) for name in names
        )
    return found == wanted


def train(trainer_class, config_class, dataset, folder, **options):
    """One step: finite loss, altered weights."""
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    before = dict(model.named_parameters())
    # The reference of DPO and KTO is what is loaded once more.
    place = os.path.join(folder, ".model")
    model.save_pretrained(place)
    own = {name: options.pop(name) for name in ("reward_funcs",) if name in options}
    config = config_class(
        output_dir=os.path.join(folder, ".trained"), max_steps=1, per_device_train_batch_size=2, use_cpu=True, bf16=False,
        report_to="none", save_strategy="no", logging_steps=1, learning_rate=1e-2, disable_tqdm=True, seed=1,
        gradient_checkpointing=False, **options,
    )  # fmt: skip
    trainer = trainer_class(model=place, args=config, train_dataset=dataset, processing_class=tokenizer, **own)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert trainer.state.global_step == 1 and losses and all(map(math.isfinite, losses)), f"losses: {losses}"
    after = dict(trainer.model.named_parameters())
    moved = [name for name, value in before.items() if not torch.equal(value, after[name])]
    return trainer, moved


def taught(trainer, row):
    """The text that a row's loss is on."""
    labels = trainer.train_dataset[row]["labels"]
    return trainer.processing_class.decode([label for label in labels if label != -100])


class Trainers:
    def __init__(self, exports):
        self.exports = exports

    def run(self, trainer_class, config_class, dataset, **options):
        trainer, moved = train(trainer_class, config_class, dataset, self.exports.folder, **options)
        assert moved, "no weight was altered"
        return trainer

    def sft(self, dataset, **options):
        trainer = self.run(SFTTrainer, SFTConfig, dataset, max_length=None, **options)
        assert len(trainer.train_dataset) == len(dataset), "rows were lost"
        return trainer

    def check_sft(self):
        rows = self.exports.rows("sft")
        trainer = self.sft(self.exports.dataset("sft"), assistant_only_loss=True)
        for number, row in enumerate(rows):
            text = taught(trainer, number)
            assert row["messages"][-1]["content"] in text, f"row {number} does not teach its answer"
            for message in row["messages"]:
                for call in message.get("tool_calls", []):
                    wanted = json.dumps(call["function"]["arguments"], ensure_ascii=False)
                    assert wanted in text, f"row {number} does not teach the arguments of its calls"
                if message["role"] in ("system", "user", "tool"):
                    assert message["content"] not in text, f"row {number} teaches its prompt"

    def check_sft_last_message(self):
        def split(row):
            return {"prompt": row["messages"][:-1], "completion": row["messages"][-1:]}

        rows = self.exports.rows("sft")
        trainer = self.sft(self.exports.dataset("sft", "jsonl").map(split, remove_columns="messages"))
        for number, row in enumerate(rows):
            text = taught(trainer, number)
            assert row["messages"][-1]["content"] in text, f"row {number} does not teach its answer"
            others = [message["content"] for message in row["messages"][:-1] if message["content"]]
            assert not any(other in text for other in others), f"row {number} teaches more than its answer"

    def check_sft_cot(self):
        rows = self.exports.rows("sft-cot")
        for variant in ("sft-cot", "sft-cot-think"):
            trainer = self.sft(self.exports.dataset(variant), assistant_only_loss=True)
            for number, row in enumerate(rows):
                last = row["messages"][-1]
                text = taught(trainer, number)
                wanted = f"<think>\n{last['reasoning_content'].strip()}\n</think>\n\n{last['content']}"
                assert wanted.strip() in text, f"row {number} of {variant} does not teach its reasoning"

    def check_msm(self):
        dataset = load_dataset("json", data_files=os.path.join(self.exports.folder, "msm.jsonl"), split="train")
        assert dataset.features == {"text": Value("string"), "domain": Value("string")}, f"{dataset.features}"
        trainer = self.sft(dataset)
        assert dataset[0]["text"] in taught(trainer, 0), "the document is not taught whole"

    def check_dpo(self, variant):
        dataset = self.exports.dataset(variant)
        trainer = self.run(DPOTrainer, DPOConfig, dataset, max_length=None)
        assert len(trainer.train_dataset) == len(dataset), "rows were lost"

    def check_kto(self, variant):
        dataset = self.exports.dataset(variant)
        assert set(dataset["label"]) == {True, False}, "one of the labels is missing"
        trainer = self.run(KTOTrainer, KTOConfig, dataset, max_length=None)
        assert len(trainer.train_dataset) == len(dataset), "rows were lost"

    def check_rl(self):
        seen = []

        def reward(completions, sections, ideal_response, policy, **_):
            seen.extend(zip(sections, ideal_response, policy))
            return [float(number) for number in range(len(completions))]

        dataset = self.exports.dataset("rl")
        options = {"num_generations": 2, "max_completion_length": 4, "reward_funcs": reward}
        self.run(GRPOTrainer, GRPOConfig, dataset, **options)
        known = {(tuple(row["sections"]), row["ideal_response"], row["policy"]) for row in dataset}
        assert seen and {(tuple(sections), *rest) for sections, *rest in seen} <= known, "rewards are told something else"

    def check_template(self, name):
        """Plain rows and rows with calls go through, and arguments are written once."""
        tokenizer = make_tokenizer(name)
        for number, row in enumerate(self.exports.dataset("sft")):
            tools = json.loads(row["tools"]) or None
            text = tokenizer.apply_chat_template(row["messages"], tools=tools, tokenize=False)
            assert row["messages"][-1]["content"] in text, f"row {number} lost its answer"
            assert '\\"place\\"' not in text, f"row {number} quotes arguments twice"
            for message in row["messages"]:
                for call in message.get("tool_calls", []):
                    place = call["function"]["arguments"].get("place", "")
                    assert place in text or json.dumps(place) in text, f"row {number} lost the arguments of a call"


TEMPLATES = (
    "llama3_1", "gptoss", "qwen2_5", "qwen3", "qwen3_5_think", "qwen3_8", "nemotron_3_nano", "glm4moe",
    "deepseekv3_training", "lfm2_2_5_v2",
)  # fmt: skip


def main(folder):
    exports = Exports(folder)
    trainers = Trainers(exports)
    checks = {
        f"{variant} as {encoding}": lambda v=variant, e=encoding: exports.check_loads(v, e)
        for variant in sorted(os.listdir(folder))
        if not variant.startswith(".") and os.path.isdir(os.path.join(folder, variant))
        for encoding in sorted(os.listdir(os.path.join(folder, variant)))
    }
    checks |= {f"template {name}": lambda name=name: trainers.check_template(name) for name in TEMPLATES}
    checks |= {
        "SFTTrainer, loss on the assistant": trainers.check_sft,
        "SFTTrainer, loss on the last message": trainers.check_sft_last_message,
        "SFTTrainer with reasoning": trainers.check_sft_cot,
        "SFTTrainer on documents": trainers.check_msm,
        "DPOTrainer": lambda: trainers.check_dpo("preference"),
        "DPOTrainer with reasoning": lambda: trainers.check_dpo("preference-reasoning"),
        "KTOTrainer": lambda: trainers.check_kto("kto"),
        "KTOTrainer with reasoning": lambda: trainers.check_kto("kto-reasoning"),
        "GRPOTrainer": trainers.check_rl,
    }
    results = {}
    for name, check in checks.items():
        try:
            check()
            results[name] = "ok"
        except Exception as error:
            results[name] = f"{type(error).__name__}: {error}"[:2000]
    print(json.dumps(results))


if __name__ == "__main__" and sys.argv[1:] != ["--imports"]:
    main(sys.argv[1])
