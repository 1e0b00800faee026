// The Postgres of a run, which ./dev started, and databases of a test's own on it.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { required } from './environment.mjs';

const run = promisify(execFile);

/** Rows of the statement's answer, columns split by |. Chains of this process go on meanwhile. */
export async function psql(url, statement) {
  const { stdout } = await run('psql', ['-qXtA', '-v', 'ON_ERROR_STOP=1', url, '-c', statement]);
  return stdout.trim().split('\n').filter(Boolean);
}

/** A statement on the server's databases and roles. */
export const manage = (statement) => psql(required('RELAY_TEST_POSTGRES_URL'), statement);

/** A database with a name of its own; gone with drop(). */
export class Database {
  static async make(prefix) {
    const database = new this();
    database.name = `${prefix}_${process.pid}_${randomBytes(4).toString('hex')}`;
    await manage(`CREATE DATABASE ${database.name}`);
    return database;
  }

  get url() {
    return required('RELAY_TEST_POSTGRES_URL').replace('/postgres?', `/${this.name}?`);
  }

  /** Its address for another role than the one that owns it. */
  urlAs(role) {
    return this.url.replace('//relay@', `//${role}@`);
  }

  query(statement) {
    return psql(this.url, statement);
  }

  drop() {
    return manage(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}
