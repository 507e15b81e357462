// node-soap. See ../client.lua for the tasks and what is printed; BENCH_WSDL is the panel's WSDL. Instructions are not
// counted: V8 does not run under callgrind in a time that anybody waits for. DataSets come as node-soap has them, an
// object by element, all values texts.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const soap = require('soap');

const USER = {
  RoleId: 3, Role: 'User', StatusId: 1, Status: 'Active', UserId: 0, OwnerId: 2, IsPeer: false,
  Created: '0001-01-01T00:00:00', Changed: '0001-01-01T00:00:00', IsDemo: false, LastName: 'Doe', Username: 'jdoe',
  Password: 's3cret', FirstName: 'John', Email: 'jdoe@example.com', Country: 'DE', City: 'Berlin', HtmlMail: true,
  CompanyName: 'Doe & Sons', EcommerceEnabled: false,
};
const ARGUMENTS = {
  AddUser: { user: USER, sendLetter: false },
  UserExists: { username: 'jdoe' },
  GetUserById: { userId: 1 },
  GetUsers: { ownerId: 1, recursive: true },
  GetUsersPaged: {
    userId: 1, filterColumn: '', filterValue: '', statusId: 0, roleId: 0, sortColumn: '', startRow: 0,
    maximumRows: 100000,
  },
};
const AUTHORIZATION = `Basic ${Buffer.from('bench:bench').toString('base64')}`;

// ---- the marks, see ../mark.c ----

const moment = {};

function status(name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function start() {
  if (global.gc) {
    global.gc();
  }
  fs.writeFileSync('/proc/self/clear_refs', '5');
  moment.memory = status('VmRSS');
  moment.wall = performance.now();
  moment.cpu = cpu();
}

function stop() {
  moment.cpu = cpu() - moment.cpu;
  moment.wall = performance.now() - moment.wall;
  moment.memory = status('VmHWM') - moment.memory;
}

function print(count, sum) {
  console.log(moment.wall.toFixed(4), moment.cpu.toFixed(4), moment.memory, count, sum);
}

// ---- calls ----

// Sends nothing: each request is kept, and answered with the bytes that were given.
class Canned {
  request(url, data, callback) {
    this.sent = data;
    callback(null, { status: 200, statusText: 'OK', headers: {}, data: this.answer }, this.answer);
    return Promise.resolve();
  }
}

function connect(options) {
  return soap.createClientAsync(process.env.BENCH_WSDL, { disableCache: true, ...options });
}

// Over kept connections.
async function connectTo(url, agentOptions) {
  const client = await connect({ endpoint: url });
  const httpAgent = new http.Agent(agentOptions);
  const httpsAgent = new https.Agent(agentOptions);
  client.setSecurity({
    addOptions: (options) => Object.assign(options, { httpAgent, httpsAgent }),
    addHeaders: (headers) => Object.assign(headers, { Authorization: AUTHORIZATION }),
    toXML: () => '',
  });
  return client;
}

// What a call brings: for a DataSet its rows.
async function ask(client, operation) {
  const result = (await client[`${operation}Async`](ARGUMENTS[operation]))[0][`${operation}Result`];
  if (operation === 'GetUsers') {
    return [].concat(result.UserInfo);
  }
  return operation === 'GetUsersPaged' ? [].concat(result.diffgram.NewDataSet.Table1) : result;
}

function digest(result) {
  if (typeof result !== 'object') {
    return [1, Number(result)];
  }
  const rows = Array.isArray(result) ? result : [result];
  return [rows.length, rows.reduce((sum, row) => sum + Number(row.UserId ?? row.UserID), 0)];
}

async function run(client, operation, times) {
  let [count, sum] = [0, 0];
  for (let i = 0; i < times; i++) {
    const [more, value] = digest(await ask(client, operation));
    [count, sum] = [count + more, sum + value];
  }
  return [count, sum];
}

// ---- tasks ----

const tasks = {
  async decode(operation, file, times, warmFile, warmTimes) {
    const httpClient = new Canned();
    const client = await connect({ httpClient });
    const answer = fs.readFileSync(file, 'utf8');
    httpClient.answer = fs.readFileSync(warmFile, 'utf8');
    await run(client, operation, Number(warmTimes));
    httpClient.answer = answer;
    let result;
    start();
    for (let i = 0; i < Number(times); i++) {
      result = await ask(client, operation);
    }
    stop();
    print(...digest(result));
  },

  // The answer is empty where only the request matters.
  async encode(operation, times, warmTimes) {
    const httpClient = new Canned();
    const client = await connect({ httpClient });
    httpClient.answer = '';
    const send = async (count) => {
      for (let i = 0; i < count; i++) {
        await client[`${operation}Async`](ARGUMENTS[operation]).catch(() => {});
      }
    };
    await send(Number(warmTimes));
    start();
    await send(Number(times));
    stop();
    print(1, 1);
    process.stdout.write(httpClient.sent);
  },

  async call(operation, url, times, warmTimes, ca) {
    const client = await connectTo(url, { keepAlive: true, ...(ca && { ca: fs.readFileSync(ca) }) });
    await run(client, process.argv[2] === 'list' ? 'UserExists' : operation, Number(warmTimes));
    start();
    const found = await run(client, operation, Number(times));
    stop();
    print(...found);
  },

  async parallel(operation, url, times, atOnce) {
    const client = await connectTo(url, { keepAlive: true, maxSockets: Number(atOnce) });
    let [left, count, sum] = [Number(times), 0, 0];
    const work = async () => {
      while (left-- > 0) {
        const [more, value] = digest(await ask(client, operation));
        [count, sum] = [count + more, sum + value];
      }
    };
    start();
    await Promise.all(Array.from({ length: Number(atOnce) }, work));
    stop();
    print(count, sum);
  },
};
tasks.list = tasks.call;

tasks[process.argv[2]](...process.argv.slice(3)).then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
