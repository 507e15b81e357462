<?php
// PHP's SoapClient in WSDL mode. See ../client.lua for the tasks and what is printed; BENCH_MARK is the library of the
// marks, BENCH_WSDL the panel's WSDL. Rows of DataSets are made of the XML that SoapClient leaves in `any`.

$mark = FFI::cdef(
    'void bench_start(void); void bench_stop(void); void bench_print(double count, double sum);',
    getenv('BENCH_MARK')
);

// Sends nothing: each request is kept, and answered with the bytes that were given.
class Canned extends SoapClient
{
    public string $answer = '';
    public string $request = '';

    public function __doRequest($request, $location, $action, $version, $oneWay = false): ?string
    {
        $this->request = $request;
        return $this->answer;
    }
}

const USER = [
    'RoleId' => 3, 'Role' => 'User', 'StatusId' => 1, 'Status' => 'Active', 'UserId' => 0, 'OwnerId' => 2,
    'IsPeer' => false, 'Created' => '0001-01-01T00:00:00', 'Changed' => '0001-01-01T00:00:00', 'IsDemo' => false,
    'LastName' => 'Doe', 'Username' => 'jdoe', 'Password' => 's3cret', 'FirstName' => 'John',
    'Email' => 'jdoe@example.com', 'Country' => 'DE', 'City' => 'Berlin', 'HtmlMail' => true,
    'CompanyName' => 'Doe & Sons', 'EcommerceEnabled' => false,
];

const ARGUMENTS = [
    'AddUser' => ['user' => USER, 'sendLetter' => false],
    'UserExists' => ['username' => 'jdoe'],
    'GetUserById' => ['userId' => 1],
    'GetUsers' => ['ownerId' => 1, 'recursive' => true],
    'GetUsersPaged' => ['userId' => 1, 'filterColumn' => '', 'filterValue' => '', 'statusId' => 0, 'roleId' => 0,
        'sortColumn' => '', 'startRow' => 0, 'maximumRows' => 100000],
];

function client(string $class, array $options): SoapClient
{
    return new $class(getenv('BENCH_WSDL'), $options + [
        'cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    ]);
}

// What a call brings: for a DataSet its rows, each an array by column.
function ask(SoapClient $client, string $operation)
{
    $result = $client->$operation(ARGUMENTS[$operation])->{$operation . 'Result'};
    if ($operation === 'GetUsers') {
        return $result->UserInfo;
    } elseif ($operation !== 'GetUsersPaged') {
        return $result;
    }
    $rows = [];
    foreach (simplexml_load_string("<any>{$result->any}</any>")->xpath('//Table1') as $row) {
        $rows[] = (array) $row;
    }
    return $rows;
}

function digest($result): array
{
    if (is_bool($result) || is_int($result)) {
        return [1, (int) $result];
    } elseif (!is_array($result)) {
        return [1, $result->UserId];
    }
    $sum = 0;
    foreach ($result as $row) {
        $sum += is_array($row) ? (int) $row['UserID'] : $row->UserId;
    }
    return [count($result), $sum];
}

function decode(string $operation, string $file, int $times, string $warmFile, int $warmTimes): void
{
    global $mark;
    $client = client(Canned::class, []);
    $answer = file_get_contents($file);
    $client->answer = file_get_contents($warmFile);
    for ($i = 0; $i < $warmTimes; $i++) {
        ask($client, $operation);
    }
    $client->answer = $answer;
    $mark->bench_start();
    for ($i = 0; $i < $times; $i++) {
        $result = ask($client, $operation);
    }
    $mark->bench_stop();
    $mark->bench_print(...digest($result));
}

function encode(string $operation, int $times, int $warmTimes): void
{
    global $mark;
    $client = client(Canned::class, []);
    for ($i = 0; $i < $warmTimes; $i++) {
        $client->$operation(ARGUMENTS[$operation]);
    }
    $mark->bench_start();
    for ($i = 0; $i < $times; $i++) {
        $client->$operation(ARGUMENTS[$operation]);
    }
    $mark->bench_stop();
    $mark->bench_print(1, 1);
    echo $client->request;
}

function run(SoapClient $client, string $operation, int $times): array
{
    [$count, $sum] = [0, 0];
    for ($i = 0; $i < $times; $i++) {
        [$more, $value] = digest(ask($client, $operation));
        [$count, $sum] = [$count + $more, $sum + $value];
    }
    return [$count, $sum];
}

function call(string $operation, string $url, int $times, int $warmTimes, ?string $ca = null): void
{
    global $mark, $argv;
    $options = ['location' => $url, 'login' => 'bench', 'password' => 'bench', 'keep_alive' => true];
    if ($ca !== null) {
        $options['stream_context'] = stream_context_create(['ssl' => ['cafile' => $ca, 'verify_peer' => true]]);
    }
    $client = client(SoapClient::class, $options);
    run($client, $argv[1] === 'list' ? 'UserExists' : $operation, $warmTimes);
    $mark->bench_start();
    $found = run($client, $operation, $times);
    $mark->bench_stop();
    $mark->bench_print(...$found);
}

match ($argv[1]) {
    'decode' => decode($argv[2], $argv[3], (int) $argv[4], $argv[5], (int) $argv[6]),
    'encode' => encode($argv[2], (int) $argv[3], (int) $argv[4]),
    'call', 'list' => call($argv[2], $argv[3], (int) $argv[4], (int) $argv[5], $argv[6] ?? null),
};
