import { postgresStores } from "../support/storage-postgres.ts";
import { storageSuite } from "./suite.ts";

storageSuite("PostgreSQL", postgresStores().store);
