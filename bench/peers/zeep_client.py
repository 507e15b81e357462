"""zeep. See ../client.lua for the tasks and what is printed; BENCH_MARK is the library of the marks, BENCH_WSDL the
panel's WSDL."""
import ctypes
import datetime
import os
import sys

import requests
import zeep

mark = ctypes.CDLL(os.environ["BENCH_MARK"])
mark.bench_print.argtypes = [ctypes.c_double, ctypes.c_double]

NEVER = datetime.datetime(1, 1, 1)
USER = {
    "RoleId": 3, "Role": "User", "StatusId": 1, "Status": "Active", "UserId": 0, "OwnerId": 2, "IsPeer": False,
    "Created": NEVER, "Changed": NEVER, "IsDemo": False, "LastName": "Doe", "Username": "jdoe", "Password": "s3cret",
    "FirstName": "John", "Email": "jdoe@example.com", "Country": "DE", "City": "Berlin", "HtmlMail": True,
    "CompanyName": "Doe & Sons", "EcommerceEnabled": False,
}
ARGUMENTS = {
    "AddUser": (USER, False),
    "UserExists": ("jdoe",),
    "GetUserById": (1,),
    "GetUsers": (1, True),
    "GetUsersPaged": (1, "", "", 0, 0, "", 0, 100000),
}


class Canned(zeep.Transport):
    """Sends nothing: each request is answered with the bytes that were given."""
    answer = b""

    def post_xml(self, address, envelope, headers):
        response = requests.Response()
        response.status_code = 200
        response.headers["Content-Type"] = "text/xml; charset=utf-8"
        response._content = self.answer
        return response


def connect(url, transport):
    client = zeep.Client(os.environ["BENCH_WSDL"], transport=transport, settings=zeep.Settings(xml_huge_tree=True))
    binding = "{http://officepark/dotnetpanel/enterpriseserver}esUsersSoap"
    return client, client.create_service(binding, url)


def ask(service, operation):
    """What a call brings: for a DataSet its rows, each a dictionary by column."""
    result = service[operation](*ARGUMENTS[operation])
    if operation != "GetUsersPaged":
        return result
    return [row["Table1"] for row in result["_value_1"]["_value_1"] if "Table1" in row]


def digest(result):
    if isinstance(result, (bool, int)):
        return 1, int(result)
    if isinstance(result, list):
        key = "UserId" if "UserId" in result[0] else "UserID"
        return len(result), sum(row[key] for row in result)
    return 1, result["UserId"]


def decode(operation, path, times, warm_path, warm_times):
    transport = Canned()
    _, service = connect("http://127.0.0.1:9002/esUsers.asmx", transport)
    with open(path, "rb") as file:
        answer = file.read()
    with open(warm_path, "rb") as file:
        transport.answer = file.read()
    for _ in range(int(warm_times)):
        ask(service, operation)
    transport.answer = answer
    mark.bench_start()
    for _ in range(int(times)):
        result = ask(service, operation)
    mark.bench_stop()
    mark.bench_print(*digest(result))


def encode(operation, times, warm_times):
    from lxml import etree
    client, service = connect("http://127.0.0.1:9002/esUsers.asmx", Canned())
    for _ in range(int(warm_times)):
        client.create_message(service, operation, *ARGUMENTS[operation])
    mark.bench_start()
    for _ in range(int(times)):
        message = etree.tostring(client.create_message(service, operation, *ARGUMENTS[operation]))
    mark.bench_stop()
    mark.bench_print(1, 1)
    sys.stdout.write(message.decode())


def run(service, operation, times):
    count, total = 0, 0
    for _ in range(times):
        more, value = digest(ask(service, operation))
        count, total = count + more, total + value
    return count, total


def call(operation, url, times, warm_times, ca_file=None):
    session = requests.Session()
    session.auth = ("bench", "bench")
    session.trust_env = False  # neither a proxy nor certificates of the environment
    session.verify = ca_file or True
    _, service = connect(url, zeep.Transport(session=session))
    run(service, "UserExists" if sys.argv[1] == "list" else operation, int(warm_times))
    mark.bench_start()
    found = run(service, operation, int(times))
    mark.bench_stop()
    mark.bench_print(*found)


{"decode": decode, "encode": encode, "call": call, "list": call}[sys.argv[1]](*sys.argv[2:])
