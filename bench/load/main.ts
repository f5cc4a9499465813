/** The process that loads the servers, so that its work is on no server's account. */
import { serveParent } from "../processes/child.ts";
import { fieldsOf, numberOf } from "../processes/fields.ts";
import { type Load, parseCall } from "./call.ts";
import { callConnect, startConnectLoad } from "./connect.ts";
import { callGrpc, startGrpcLoad } from "./grpc.ts";
import { createRecorder, type Recorder } from "./recorder.ts";

interface Run {
  readonly load: Load;
  readonly recorder: Recorder;
}

const calls = { connect: callConnect, grpc: callGrpc };
const starts = { connect: startConnectLoad, grpc: startGrpcLoad };
let current: Run | undefined;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

serveParent(
  {
    /** One call, answered with what came back. */
    async call(argument) {
      const call = parseCall(fieldsOf(argument, "call"));
      return await calls[call.protocol](call);
    },
    /** Answers when the ramp is over and recording has begun. */
    async start(argument) {
      const call = parseCall(fieldsOf(argument, "call"));
      const recorder = createRecorder();
      const load = starts[call.protocol](call, numberOf(argument, "callers"), recorder);
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
  },
  () => Promise.resolve(),
);
