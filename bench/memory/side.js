// The other side: npm aws-local-stepfunctions. Reads one JSON request per line and answers each with one line.
//   {op: "load", name, definition, input, tasks: [state names]}  ->  {output, entered}: of one run
//   {op: "run", name, ms, events}                                ->  {runs, ns, cpu}: of as many runs as fit into ms
'use strict';

// The package is made for Node 22; this is all that it misses in Node 20.
Promise.withResolvers ??= function () {
  const made = {};
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

const { StateMachine } = require('aws-local-stepfunctions');
const loaded = new Map();

const price = (input) => ({ sku: input.sku, total: input.qty * 250 });

async function run({ machine, input, options }, events) {
  const execution = machine.run(input, options);
  if (!events) return { output: await execution.result };
  const list = [];
  for await (const event of execution.eventLogs) list.push(event);
  return { output: await execution.result, list };
}

async function load({ name, definition, input, tasks }) {
  const handlers = Object.fromEntries((tasks ?? []).map((state) => [state, price]));
  const m = {
    machine: new StateMachine(JSON.parse(definition)),
    input: JSON.parse(input),
    options: { overrides: { taskResourceLocalHandlers: handlers } },
  };
  loaded.set(name, m);
  const { output, list } = await run(m, true);
  return { output, entered: list.filter((event) => event.type === 'StateEntered').length };
}

async function measure({ name, ms, events }) {
  const m = loaded.get(name), limit = ms * 1e6;
  let runs = 0, ns = 0;
  const used = process.cpuUsage(), start = process.hrtime.bigint();
  while (ns < limit) {
    await run(m, events);
    runs++;
    ns = Number(process.hrtime.bigint() - start);
  }
  const { user, system } = process.cpuUsage(used);
  return { runs, ns, cpu: (user + system) * 1e3 };
}

(async () => {
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const answer = request.op === 'load' ? await load(request) : await measure(request);
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
})();
