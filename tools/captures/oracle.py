"""Decode captured answers without the module under test.

The expected values of the specs come from here: HTTP by hand, XML by expat,
types from the WSDL of the set.  Nothing of the C core is used, so an error
there cannot repeat itself in what is expected.
"""

import re
import xml.etree.ElementTree as ET
import zlib

XSD = "{http://www.w3.org/2001/XMLSchema}"
XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
MSDATA = "{urn:schemas-microsoft-com:xml-msdata}"
DIFFGRAM = "{urn:schemas-microsoft-com:xml-diffgram-v1}diffgram"
SOAP11 = "{http://schemas.xmlsoap.org/soap/envelope/}"
SOAP12 = "{http://www.w3.org/2003/05/soap-envelope}"
SOAP12_CODES = {"Sender": "Client", "Receiver": "Server"}

INTEGERS = {
    "byte", "short", "int", "long", "integer",
    "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong",
}
REALS = {"decimal", "double", "float"}
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

# Stand-ins for references XML 1.0 forbids: plane 16 private use, which none
# of the captured texts hold.
STAND_IN = 0x10F000


# HTTP

def http_responses(data):
    """Split the bytes of a connection into (status, headers, body) tuples."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        status, headers = parse_head(head)
        body, data = take_body(status, headers, data)
        found.append((status, headers, body))
    return found


def parse_head(head):
    """Return the status number and the headers, names in lower case."""
    lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(":", 1) for line in lines[1:])
    headers = {name.lower(): value.strip() for name, value in pairs}
    return int(lines[0].split(" ")[1]), headers


def take_body(status, headers, data):
    """Return a body, un-chunked and inflated, and the bytes after it."""
    if status < 200 or status in (204, 304):
        return b"", data
    if headers.get("transfer-encoding") == "chunked":
        body, rest = take_chunks(data)
    else:
        length = int(headers.get("content-length", len(data)))
        body, rest = data[:length], data[length:]
    if headers.get("content-encoding") == "gzip":
        body = zlib.decompress(body, wbits=31)
    return body, rest


def take_chunks(data):
    """Join the chunks of a body; return it and the bytes after it."""
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if length == 0:
            return body, data.partition(b"\r\n")[2]
        body, data = body + data[:length], data[length + 2:]


# XML

def local(name):
    """Strip the namespace off an ElementTree name or a prefix off a QName."""
    return re.split("[}:]", name)[-1]


def is_xml_char(code):
    """Tell whether XML 1.0 lets a document hold this code point."""
    return (code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF
            or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF)


def parse_xml(body):
    """Parse a document, letting references to forbidden characters pass.

    .NET writes such a reference for whatever a string holds; expat refuses
    it.  A stand-in takes its place during the parse and is put back after.
    """
    forbidden = []

    def stand_in(match):
        digits = match.group(1)
        code = int(digits[1:], 16) if digits[:1] == b"x" else int(digits)
        if is_xml_char(code):
            return match.group()
        forbidden.append(chr(code))
        return b"&#%d;" % (STAND_IN + len(forbidden) - 1)

    root = ET.fromstring(re.sub(rb"&#(x[0-9A-Fa-f]+|[0-9]+);", stand_in, body))
    table = {STAND_IN + i: char for i, char in enumerate(forbidden)}
    for element in root.iter():
        element.text = element.text and element.text.translate(table)
    return root


# Contract

class Contract:
    """What the operations of a set give back, as its WSDL files tell."""

    def __init__(self, documents):
        self.types = {}
        self.results = {}
        for document in documents:
            for schema in ET.fromstring(document).iter(XSD + "schema"):
                self.add_schema(schema)

    def add_schema(self, schema):
        """Note the named types and the result of every operation."""
        for node in schema:
            name = node.get("name")
            if node.tag != XSD + "element":
                self.types[name] = node
            elif name.endswith("Response"):
                self.results[name[:-len("Response")]] = fields(node[0])

    def decode(self, declaration, node):
        """Decode an element by its declaration in the WSDL."""
        if node is None or node.get(XSI_NIL) in ("true", "1"):
            return None
        kind = local(declaration.get("type", ""))
        if kind in self.types:
            return self.decode_named(self.types[kind], node)
        if kind:
            return simple(kind, node.text or "")
        return decode_dataset(node)

    def decode_named(self, definition, node):
        """Decode an enumeration, an array or a record."""
        if definition.tag == XSD + "simpleType":
            return node.text
        declared = fields(definition)
        if [f.get("maxOccurs") for f in declared] == ["unbounded"]:
            return [self.decode(declared[0], item) for item in node]
        return self.decode_record(declared, node)

    def decode_record(self, declared, node):
        """Decode a record; null fields are left out."""
        found = {local(child.tag): child for child in node}
        values = {f.get("name"): self.decode(f, found.get(f.get("name")))
                  for f in declared}
        return {name: v for name, v in values.items() if v is not None}


def fields(complex_type):
    """Return the element declarations of a complexType's sequence."""
    return complex_type.findall(f"{XSD}sequence/{XSD}element")


def simple(kind, text):
    """Convert the text of a simple XSD type."""
    if kind in INTEGERS:
        return int(text)
    if kind in REALS:
        number = float(text)
        return int(number) if number.is_integer() else number
    if kind == "boolean":
        return BOOLEANS[text]
    return text


# DataSet

def decode_dataset(node):
    """Decode a DataSet from its inline schema and its diffgram."""
    tables = dataset_tables(node.find(XSD + "schema"))
    for instance in node.find(DIFFGRAM):
        for row in instance:
            add_row(tables[row.tag], row)
    return {"$dataset": list(tables.values())}


def dataset_tables(schema):
    """Return the empty tables of an inline schema, keyed by name."""
    root = next(e for e in schema if e.get(MSDATA + "IsDataSet") == "true")
    tables = {}
    for node in root.findall(f"{XSD}complexType/{XSD}choice/{XSD}element"):
        columns = [{"name": c.get("name"), "type": local(c.get("type"))}
                   for c in fields(node.find(XSD + "complexType"))]
        name = node.get("name")
        tables[name] = {"name": name, "columns": columns, "rows": []}
    return tables


def add_row(table, row):
    """Append a row; a null column has no element and gets no key."""
    kinds = {c["name"]: c["type"] for c in table["columns"]}
    table["rows"].append(
        {cell.tag: simple(kinds[cell.tag], cell.text or "") for cell in row})


# Answers

def expect_http(operation, data, contract):
    """Tell what the last response on a connection means."""
    status, headers, body = http_responses(data)[-1]
    is_xml = "xml" in headers.get("content-type", "")
    answer = expect_body(operation, body if is_xml else b"", contract)
    return {"status": status, **answer}


def expect_body(operation, body, contract):
    """Tell what a body means to the caller of an operation."""
    answer = {}
    if operation in contract.results:
        answer["operation"] = operation
    if not body:
        return {"outcome": "http", **answer}
    payload = soap_payload(parse_xml(body))
    if local(payload.tag) == "Fault":
        return {"outcome": "fault", **answer, **decode_fault(payload)}
    value = decode_result(operation, payload, contract)
    if value is None:
        return {"outcome": "absent", **answer}
    return {"outcome": "value", **answer, "value": value}


def soap_payload(envelope):
    """Return the element inside the Body of either SOAP version."""
    body = envelope.find(SOAP11 + "Body")
    return (envelope.find(SOAP12 + "Body") if body is None else body)[0]


def decode_result(operation, payload, contract):
    """Return what an operation gave back, None for null."""
    if local(payload.tag) != operation + "Response":
        raise ValueError(f"{payload.tag} answers {operation}")
    record = contract.decode_record(contract.results[operation], payload)
    return record.get(operation + "Result")


def decode_fault(fault):
    """Return the code and the text of a SOAP 1.1 or 1.2 fault."""
    code = fault.findtext("faultcode")
    text = fault.findtext("faultstring")
    if code is None:
        code = fault.findtext(f"{SOAP12}Code/{SOAP12}Value")
        text = fault.findtext(f"{SOAP12}Reason/{SOAP12}Text")
    wire = local(code)
    return {
        "fault_code": SOAP12_CODES.get(wire, wire),
        "fault_code_wire": wire,
        "fault_string": text,
        "fault_first_line": text.split("\n")[0],
    }
