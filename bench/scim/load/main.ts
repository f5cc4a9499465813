/** The process that loads the servers, so that its work is on no server's account. */
import { loadCommands } from "../../load/commands.ts";
import { serveParent } from "../../processes/child.ts";
import { fieldsOf } from "../../processes/fields.ts";
import { parseLoadCall } from "./load-call.ts";
import { callOnce, download } from "./one-call.ts";
import { startScimLoad } from "./scim-load.ts";

serveParent(
  {
    call: (argument) => callOnce(parseLoadCall(fieldsOf(argument, "call"))),
    download: (argument) => download(parseLoadCall(fieldsOf(argument, "call"))),
    ...loadCommands((fields, callers, recorder) => startScimLoad(parseLoadCall(fields), callers, recorder)),
  },
  () => Promise.resolve(),
);
