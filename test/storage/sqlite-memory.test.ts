import { sqliteMemoryStore } from "../support/storage-sqlite.ts";
import { storageSuite } from "./suite.ts";

storageSuite("SQLite in memory", sqliteMemoryStore);
