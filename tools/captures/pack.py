#!/usr/bin/env python3
"""Pack captured SOAP traffic into the fixtures under spec/captures.

usage: pack.py SOURCE [DEST]

SOURCE holds asmx/<set>/ and addressed/ with one file a message; the format of
what is written to DEST is told in spec/captures/README.md.
"""

import csv
import json
import pathlib
import re
import sys

import oracle

ASMX_SETS = ("dotnetpanel", "websitepanel", "solidcp",
             "dotnetpanel-shorterrors", "dotnetpanel-front")
WSDL_SETS = ("dotnetpanel", "solidcp")
ADDRESSED_CONTRACT = "websitepanel"
LIMIT = 64 * 1024
REQUEST_HEAD = re.compile(
    rb"^[A-Z]+ (\S+) HTTP/1\.[01]\r\n(.*?)\r\n\r\n", re.MULTILINE | re.DOTALL)
# Told of a file which is not packed.
CUT_REMARK = re.compile(r" *\(request file cut [^)]*\)")


def frame(name, kind, data, **fields):
    """Frame one capture: a header line, the bytes, a newline."""
    note = fields.pop("note", None)
    words = [f"== {name} {kind}"]
    words += [f"{key}={value}" for key, value in fields.items() if value]
    words.append(f"length={len(data)}")
    if note:
        words.append(f"note={note}")
    return " ".join(words).encode() + b"\n" + data + b"\n"


def operation_of(name):
    """Return the method in a file stem NNN-Method-case."""
    return name.split("-")[1]


def read_index(folder):
    """Yield the rows of the index of a set, in calling order."""
    with open(folder / "INDEX.tsv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t",
                                  quoting=csv.QUOTE_NONE):
            yield {**row, "note": CUT_REMARK.sub("", row["note"])}


def read_contract(folder):
    """Read the contract of a set from its WSDL files."""
    files = sorted(folder.glob("es*.wsdl"))
    return oracle.Contract(file.read_bytes() for file in files)


def request_fields(data):
    """Return where the last request went, and as what.

    White space is taken out of the media type, as it ends a field.
    """
    path, head = REQUEST_HEAD.findall(data)[-1]
    _, headers = oracle.parse_head(b"HTTP/1.1 0\r\n" + head)
    media = "".join(headers.get("content-type", "").split())
    return {"path": path.decode(), "type": media,
            "action": headers.get("soapaction")}


def pack_request(folder, row):
    """Frame the body of a request, if it is XML and not too large."""
    name = row["file"]
    body = folder / f"{name}.request.xml"
    if not body.exists() or body.stat().st_size > LIMIT:
        return b""
    sent = (folder / f"{name}.request.http").read_bytes()
    return frame(name, "request", body.read_bytes(), client=row["client"],
                 **request_fields(sent), note=row["note"])


def pack_response(row, data):
    """Frame all bytes that came back on a connection."""
    return frame(row["file"], "response", data, client=row["client"],
                 status=row["http"], note=row["note"])


def pack_set(source, dest, name):
    """Pack one set and what its responses mean."""
    folder = source / "asmx" / name
    contract = read_contract(folder)
    packed, expected = [], {}
    for row in read_index(folder):
        stem = row["file"]
        packed.append(pack_request(folder, row))
        data = (folder / f"{stem}.response.http").read_bytes()
        packed.append(pack_response(row, data))
        expected[stem] = oracle.expect_http(operation_of(stem), data, contract)
    write(dest, name, packed, expected)


def pack_addressed(source, dest):
    """Pack the answers which are XML only, without HTTP."""
    contract = read_contract(source / "asmx" / ADDRESSED_CONTRACT)
    packed, expected = [], {}
    for file in sorted((source / "addressed").glob("*.response.xml")):
        name = file.name[:-len(".response.xml")]
        data = file.read_bytes()
        packed.append(frame(name, "response", data,
                            note="the body alone; "
                            "the addressing headers of WSE 3.0"))
        expected[name] = oracle.expect_body(operation_of(name), data, contract)
    write(dest, "addressed", packed, expected)


def pack_wsdl(source, dest, name):
    """Pack the WSDL files of a set."""
    files = sorted((source / "asmx" / name).glob("es*.wsdl"))
    packed = [frame(file.stem, "wsdl", file.read_bytes()) for file in files]
    (dest / f"{name}.wsdl.captures").write_bytes(b"".join(packed))


def write(dest, name, packed, expected):
    """Write the captures of a set and their values, one a line."""
    (dest / f"{name}.captures").write_bytes(b"".join(packed))
    lines = (f"{json.dumps(stem)}: {json.dumps(value, allow_nan=False)}"
             for stem, value in expected.items())
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (dest / f"{name}.expected.json").write_text(text, encoding="ascii")


def main(arguments):
    """Pack every set found in the source directory."""
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    source = pathlib.Path(arguments[0])
    root = pathlib.Path(__file__).resolve().parents[2]
    dest = pathlib.Path(arguments[1]) if arguments[1:] \
        else root / "spec" / "captures"
    for name in ASMX_SETS:
        pack_set(source, dest, name)
    for name in WSDL_SETS:
        pack_wsdl(source, dest, name)
    pack_addressed(source, dest)


if __name__ == "__main__":
    main(sys.argv[1:])
