<?php
// The integration guide's example, for NuSOAP as Debian has it: php nusoap.php http://127.0.0.1:9002
// Prints "Result" with what UserExists answers, then one line of JSON with what the other calls brought.

error_reporting(E_ALL & ~E_DEPRECATED & ~E_WARNING);

// Debian's NuSOAP 0.9.5 names its constructors after their classes, which PHP 8 no longer calls.
function load_nusoap()
{
    $source = file_get_contents('nusoap/nusoap.php', true);
    preg_match_all('/^class\s+(\w+)/m', $source, $classes);
    $names = implode('|', $classes[1]);
    $source = preg_replace("/function\s+($names)\s*\(/", 'function __construct(', $source);
    $source = preg_replace("/parent::($names)\s*\(/", 'parent::__construct(', $source);
    eval('?>' . $source);
}

load_nusoap();

$namespace = 'http://officepark/dotnetpanel/enterpriseserver';

function service($address)
{
    $client = new nusoap_client("$address?WSDL", true);
    $client->soap_defencoding = 'utf-8';
    $client->decode_utf8 = false;
    $client->setCredentials('serveradmin', 'serveradmin');
    return $client;
}

function call($client, $operation, $parameters)
{
    global $namespace;
    $result = $client->call($operation, ['parameters' => $parameters], $namespace, "$namespace/$operation");
    if ($client->fault) {
        fwrite(STDERR, "Fault: {$result['faultstring']}\n");
        exit(1);
    }
    if ($client->getError()) {
        fwrite(STDERR, "Error: {$client->getError()}\n");
        exit(1);
    }
    return $result === '' ? null : $result["{$operation}Result"];
}

$users = service("{$argv[1]}/esUsers.asmx");
$packages = service("{$argv[1]}/esPackages.asmx");

echo '<h2>Result</h2><pre>', call($users, 'UserExists', ['username' => 'serveradmin']), "</pre>\n";

$name = 'nusoap' . getmypid();
$added = call($users, 'AddUser', ['user' => ['RoleId' => 3, 'StatusId' => 1, 'OwnerId' => 2, 'IsPeer' => 'false',
    'IsDemo' => 'false', 'LastName' => 'Ünïcödé – 名', 'Username' => $name, 'Password' => 'a & b',
    'FirstName' => 'Nia', 'Email' => 'nia@example.com'], 'sendLetter' => 'false']);
$user = call($users, 'GetUserByUsername', ['username' => $name]);

$package = ['userId' => $added, 'packageName' => 'Space', 'packageComments' => '', 'statusId' => 1,
    'purchaseDate' => '2024-01-02T03:04:05'];
$good = call($packages, 'AddPackage', ['planId' => 2] + $package);
$refused = call($packages, 'AddPackage', ['planId' => 3] + $package);
preg_match_all('/<QuotaName>(.*?)<\/QuotaName>/', $packages->responseData, $quotas);

$user['FirstName'] = 'Nora';
$updated = call($users, 'UpdateUser', ['user' => $user]);
$again = call($users, 'GetUserByUsername', ['username' => $name]);

echo json_encode([
    'added' => (int)$added, 'last_name' => $user['LastName'], 'package' => (int)$good['Result'],
    'refused' => (int)$refused['Result'], 'exceeding' => $quotas[1], 'updated' => (int)$updated,
    'first_name' => $again['FirstName'],
], JSON_UNESCAPED_UNICODE), "\n";
