/** The commands of a process that loads servers: start callers, and say what they saw. */
import type { Commands } from "../processes/child.ts";
import { type Fields, fieldsOf, numberOf } from "../processes/fields.ts";
import type { Load } from "./call.ts";
import { createRecorder, type Recorder } from "./recorder.ts";

interface Run {
  readonly load: Load;
  readonly recorder: Recorder;
}

/** @param startLoad starts callers with the call that the parent names */
export function loadCommands(
  startLoad: (call: Fields, callers: number, recorder: Recorder) => Load,
): Commands {
  let current: Run | undefined;
  return {
    /** Answers when the ramp is over and recording has begun. */
    async start(argument) {
      const recorder = createRecorder();
      const load = startLoad(fieldsOf(argument, "call"), numberOf(argument, "callers"), recorder);
      current = { load, recorder };
      await sleep(numberOf(argument, "rampMs"));
      recorder.start();
      return {};
    },
    async finish(argument) {
      if (current === undefined) throw new Error("nothing was started");
      await sleep(numberOf(argument, "seconds") * 1000);
      const result = current.recorder.finish();
      await current.load.stop();
      current = undefined;
      return result;
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
