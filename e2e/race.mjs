// Run with `cargo xtask race [rounds]`: the races of race.test.mjs, as often as one likes.

import { addInParallel, raceLogout } from "./crowd.mjs";

const rounds = Number(process.argv[2] ?? 100);

const lost = await timed(`${rounds} rounds of 64 parallel adds`, () => addInParallel(rounds), "adds lost");
const back = await timed(`${rounds * 10} logouts racing writes`, () => raceLogout(rounds * 10), "sessions came back");
process.exitCode = lost + back === 0 ? 0 : 1;

async function timed(what, race, outcome) {
  const start = performance.now();
  const count = await race();
  console.log(`${what}: ${count} ${outcome} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  return count;
}
