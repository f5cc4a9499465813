import { postgresServer } from "../support/storage-postgres.ts";
import { storageSuite } from "./suite.ts";

storageSuite("PostgreSQL", postgresServer().store);
