#!/bin/sh
# Makes proxies from the WSDL with Mono's wsdl, and runs Client.cs with them: mono.sh http://127.0.0.1:9002
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
wsdl -nologo -namespace:Users -out:users.cs "$1/esUsers.asmx?WSDL" >/dev/null
wsdl -nologo -namespace:Packages -out:packages.cs "$1/esPackages.asmx?WSDL" >/dev/null
mcs -nologo -nowarn:618 -r:System.Web.Services -r:System.Data -r:System.Xml -out:client.exe users.cs packages.cs \
    "$here/Client.cs"
mono client.exe "$1"
