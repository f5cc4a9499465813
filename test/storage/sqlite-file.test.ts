import { sqliteFileStoreInMemory } from "../support/storage-sqlite.ts";
import { storageSuite } from "./suite.ts";

storageSuite("an SQLite file", sqliteFileStoreInMemory);
