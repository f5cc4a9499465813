/** The process that loads the servers, so that its work is on no server's account. */
import { serveParent } from "../processes/child.ts";
import { fieldsOf } from "../processes/fields.ts";
import { parseCall } from "./call.ts";
import { loadCommands } from "./commands.ts";
import { callConnect, startConnectLoad } from "./connect.ts";
import { callGrpc, startGrpcLoad } from "./grpc.ts";

const calls = { connect: callConnect, grpc: callGrpc };
const starts = { connect: startConnectLoad, grpc: startGrpcLoad };

serveParent(
  {
    /** One call, answered with what came back. */
    async call(argument) {
      const call = parseCall(fieldsOf(argument, "call"));
      return await calls[call.protocol](call);
    },
    ...loadCommands((fields, callers, recorder) => {
      const call = parseCall(fields);
      return starts[call.protocol](call, callers, recorder);
    }),
  },
  () => Promise.resolve(),
);
