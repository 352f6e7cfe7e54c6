// Run with `cargo xtask race 100`: the races of race.test.mjs, as often as one likes.

import { addInParallel, raceLogout } from "./crowd.mjs";

const rounds = Number(process.argv[2]);

const lost = await timed(() => addInParallel(rounds));
console.log(`${rounds} times 64 parallel adds to one cart: ${lost.result} adds lost (${lost.seconds} s)`);

const logouts = await timed(() => raceLogout(10 * rounds));
const { back, overtaken } = logouts.result;
console.log(
  `${10 * rounds} logouts racing writes, ${overtaken} of them overtook one: ${back} sessions came back (${logouts.seconds} s)`,
);
process.exitCode = lost.result + back === 0 ? 0 : 1;

async function timed(race) {
  const start = performance.now();
  const result = await race();
  return { result, seconds: ((performance.now() - start) / 1000).toFixed(1) };
}
