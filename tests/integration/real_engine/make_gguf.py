"""Writes a model of noise: a GGUF file of the llama architecture with random weights, small enough for a test. It says
nothing that makes sense, control characters and halves of UTF-8 included, and it says it as a real model does: token by
token, from a context and a prefix cache.

  make_gguf.py OUT.gguf

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import array
import random
import struct
import sys

EMBEDDING, LAYERS, HEADS, KV_HEADS, FEED_FORWARD, CONTEXT = 128, 2, 4, 2, 256, 2048
UINT32, FLOAT32, INT32, STRING, ARRAY = 4, 6, 5, 8, 9
UNKNOWN, CONTROL, BYTE, NORMAL = 2, 3, 6, 1
SPACE = "\u2581"
WORDS = ("the of and to in a is that it was for on are as with his they at be this have from or one had by word but not "
         "what all were we when your can said there use an each which she do how their if will up other about out many "
         "then them user system assistant hello world question answer").split()


def vocabulary():
    """Texts and kinds. SentencePiece joins piece by piece, so that each word needs its beginnings too."""
    texts = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + [SPACE]
    kinds = [UNKNOWN, CONTROL, CONTROL] + [BYTE] * 256 + [NORMAL]
    known = set(texts)
    for word in WORDS:
        for end in range(1, len(word) + 1):
            for piece in (SPACE + word[:end], word[end - 1:end]):
                if piece not in known:
                    known.add(piece)
                    texts.append(piece)
                    kinds.append(NORMAL)
    return texts, kinds


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def number(name, value):
    return string(name) + struct.pack("<II", UINT32, value)


def words(name, value):
    return string(name) + struct.pack("<I", STRING) + string(value)


def many(name, kind, count, data):
    return string(name) + struct.pack("<IIQ", ARRAY, kind, count) + data


def metadata(texts, kinds):
    size = len(texts)
    scores = [0.0] * 259 + [-float(size - index) / len(text) for index, text in enumerate(texts[259:])]
    return [
        words("general.architecture", "llama"), words("general.name", "noise"), number("general.file_type", 0),
        number("llama.context_length", CONTEXT), number("llama.embedding_length", EMBEDDING),
        number("llama.block_count", LAYERS), number("llama.feed_forward_length", FEED_FORWARD),
        number("llama.attention.head_count", HEADS), number("llama.attention.head_count_kv", KV_HEADS),
        string("llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", FLOAT32, 1e-5),
        number("llama.rope.dimension_count", EMBEDDING // HEADS), number("llama.vocab_size", size),
        words("tokenizer.ggml.model", "llama"),
        many("tokenizer.ggml.tokens", STRING, size, b"".join(map(string, texts))),
        many("tokenizer.ggml.scores", FLOAT32, size, struct.pack(f"<{size}f", *scores)),
        many("tokenizer.ggml.token_type", INT32, size, struct.pack(f"<{size}i", *kinds)),
        number("tokenizer.ggml.bos_token_id", 1), number("tokenizer.ggml.eos_token_id", 2),
        number("tokenizer.ggml.unknown_token_id", 0),
    ]


def tensors(size):
    """Names and shapes, the innermost dimension first."""
    kv = EMBEDDING // HEADS * KV_HEADS
    shapes = [("token_embd", (EMBEDDING, size)), ("output_norm", (EMBEDDING,)), ("output", (EMBEDDING, size))]
    for layer in range(LAYERS):
        shapes += [(f"blk.{layer}.{name}", shape) for name, shape in (
            ("attn_norm", (EMBEDDING,)), ("attn_q", (EMBEDDING, EMBEDDING)), ("attn_k", (EMBEDDING, kv)),
            ("attn_v", (EMBEDDING, kv)), ("attn_output", (EMBEDDING, EMBEDDING)), ("ffn_norm", (EMBEDDING,)),
            ("ffn_gate", (EMBEDDING, FEED_FORWARD)), ("ffn_up", (EMBEDDING, FEED_FORWARD)),
            ("ffn_down", (FEED_FORWARD, EMBEDDING)))]
    return [(name + ".weight", shape) for name, shape in shapes]


def count_of(shape):
    return shape[0] * (shape[1] if len(shape) > 1 else 1)


def directory(shapes):
    """Where each tensor's data begins."""
    entries, offset = [], 0
    for name, shape in shapes:
        dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        entries.append(string(name) + dimensions + struct.pack("<IQ", 0, offset))  # 0: 32-bit floats
        offset += padded(4 * count_of(shape))
    return entries


def padded(size):
    return (size + 31) // 32 * 32


def weights(shape, dice):
    count = count_of(shape)
    spread = 1.7 / shape[0] ** 0.5
    values = [1.0] * count if len(shape) == 1 else [dice.uniform(-spread, spread) for _ in range(count)]
    data = array.array("f", values).tobytes()
    return data.ljust(padded(len(data)), b"\0")


def write(path):
    texts, kinds = vocabulary()
    known, shapes, dice = metadata(texts, kinds), tensors(len(texts)), random.Random(1)
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(shapes), len(known)) + b"".join(known) + b"".join(directory(shapes))
    with open(path, "wb") as file:
        file.write(head.ljust(padded(len(head)), b"\0"))
        for _, shape in shapes:
            file.write(weights(shape, dice))


if __name__ == "__main__":
    write(sys.argv[1])
