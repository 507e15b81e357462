<?php
// PHP's SoapClient in WSDL mode: php client.php http://127.0.0.1:9002
// Prints one line of JSON with what each call brought.

$url = $argv[1];
$options = [
    'login' => 'serveradmin', 'password' => 'serveradmin', 'cache_wsdl' => WSDL_CACHE_NONE,
    'soap_version' => ($argv[2] ?? '1.1') === '1.2' ? SOAP_1_2 : SOAP_1_1,
];
$users = new SoapClient("$url/esUsers.asmx?WSDL", $options);
$packages = new SoapClient("$url/esPackages.asmx?WSDL", $options);

$name = 'php' . getmypid();
$added = $users->AddUser(['user' => [
    'RoleId' => 3, 'Role' => 'User', 'StatusId' => 1, 'Status' => 'Active', 'UserId' => 0, 'OwnerId' => 2,
    'IsPeer' => false, 'Created' => '2024-01-02T03:04:05', 'Changed' => '2024-01-02T03:04:05', 'IsDemo' => false,
    'LastName' => 'Ünïcödé – 名', 'Username' => $name, 'Password' => 'a & b', 'FirstName' => 'Pia',
    'Email' => 'pia@example.com', 'HtmlMail' => true, 'EcommerceEnabled' => false,
    // What only newer panels have.
    'LoginStatusId' => 0, 'LoginStatus' => 'Enabled', 'FailedLogins' => 0, 'MfaMode' => 0,
], 'sendLetter' => false, 'password' => 'a & b', 'notes' => ['string' => ['first']]])->AddUserResult;

$user = $users->GetUserByUsername(['username' => $name])->GetUserByUsernameResult;

$package = ['userId' => $added, 'packageName' => 'Space', 'packageComments' => '', 'statusId' => 1,
    'purchaseDate' => '2024-01-02T03:04:05'];
$good = $packages->AddPackage(['planId' => 2] + $package)->AddPackageResult;
$refused = $packages->AddPackage(['planId' => 3] + $package)->AddPackageResult;
preg_match_all('/<QuotaName>(.*?)<\/QuotaName>/', $refused->ExceedingQuotas->any, $quotas);

// What a DataSet is to a user of SoapClient: the rows in `any`, the schema apart.
function rows($result, $table)
{
    return simplexml_load_string($result->any)->xpath("//$table");
}
$dates = ['startDate' => '2011-01-01T00:00:00', 'endDate' => '2011-12-31T00:00:00'];
$bandwidth = $packages->GetPackageBandwidth(['packageId' => 3] + $dates)->GetPackageBandwidthResult;
$space = $packages->GetPackageDiskspace(['packageId' => 3])->GetPackageDiskspaceResult;
$page = $users->GetUsersPaged(['userId' => 2, 'filterColumn' => '', 'filterValue' => '', 'statusId' => 0,
    'roleId' => 0, 'sortColumn' => 'U.UserID', 'startRow' => 0, 'maximumRows' => 1000])->GetUsersPagedResult;

$user->FirstName = 'Paula';
$updated = $users->UpdateUser(['user' => $user])->UpdateUserResult;
$again = $users->GetUserByUsername(['username' => $name])->GetUserByUsernameResult;

echo json_encode([
    'added' => $added, 'last_name' => $user->LastName, 'package' => $good->Result, 'refused' => $refused->Result,
    'exceeding' => $quotas[1], 'updated' => $updated, 'first_name' => $again->FirstName,
    'bytes' => array_map(fn($row) => "$row->BytesTotal", rows($bandwidth, 'Table')),
    'disk' => array_map(fn($row) => "$row->DiskspaceBytes", rows($space, 'Table')),
    'users' => array_map(fn($row) => "$row->Username", rows($page, 'Table1')), 'count' => count(rows($page, 'Table')),
], JSON_UNESCAPED_UNICODE), "\n";
