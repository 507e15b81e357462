"""zeep in WSDL mode: python3 client_zeep.py http://127.0.0.1:9002

Prints one line of JSON with what each call brought.
"""
import datetime
import json
import os
import sys

import requests
import zeep


def service(url, name):
    session = requests.Session()
    session.auth = ("serveradmin", "serveradmin")
    return zeep.Client(f"{url}/{name}.asmx?WSDL", transport=zeep.Transport(session=session)).service


def new_user(name):
    now = datetime.datetime(2024, 1, 2, 3, 4, 5)
    return {
        "RoleId": 3, "Role": "User", "StatusId": 1, "Status": "Active", "UserId": 0, "OwnerId": 2, "IsPeer": False,
        "Created": now, "Changed": now, "IsDemo": False, "LastName": "Ünïcödé – 名", "Username": name,
        "FirstName": "Zia", "Email": "zia@example.com", "HtmlMail": True, "EcommerceEnabled": False,
    }


def add(users, forms):
    """Adds a user in the first form that the WSDL knows."""
    for form in forms:
        try:
            return users.AddUser(*form)
        except (TypeError, zeep.exceptions.ValidationError) as error:
            reason = error
    raise reason


def main(url):
    users, packages = service(url, "esUsers"), service(url, "esPackages")
    name = f"zeep{os.getpid()}"
    user = new_user(name)
    logins = {"LoginStatusId": 0, "LoginStatus": "Enabled", "FailedLogins": 0}
    added = add(users, (
        ({**user, "Password": "a & b"}, False),  # DotNetPanel
        ({**user, **logins}, False, "a & b"),  # WebsitePanel
        ({**user, **logins, "MfaMode": 0}, False, "a & b", {"string": ["first"]}),  # SolidCP
    ))
    found = users.GetUserByUsername(name)
    date = datetime.datetime(2024, 1, 2, 3, 4, 5)
    good = packages.AddPackage(added, 2, "Space", "", 1, date)
    refused = packages.AddPackage(added, 3, "Space", "", 1, date)
    rows = refused.ExceedingQuotas._value_1["_value_1"]
    exceeding = [row["Table"]["QuotaName"] for row in rows]
    found.FirstName = "Zora"
    updated = users.UpdateUser(found)
    again = users.GetUserByUsername(name)
    print(json.dumps({
        "added": added, "last_name": found.LastName, "package": good.Result, "refused": refused.Result,
        "exceeding": exceeding, "updated": updated, "first_name": again.FirstName,
    }, ensure_ascii=False))


main(sys.argv[1])
