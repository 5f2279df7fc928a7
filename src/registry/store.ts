/** Reads of the registry. Refuses to write: the registry changes by imports only. */
import type { DataSource } from '../platform/db/index.js';
import { PersonEntity } from './entities.js';

export class RegistryStore {
  constructor(private readonly db: DataSource) {}

  /** @param identifier compared as issued; never null or undefined, which TypeORM would refuse */
  async person(identifier: string): Promise<PersonEntity | undefined> {
    return (await this.db.getRepository(PersonEntity).findOneBy({ identifier })) ?? undefined;
  }

  /** The ASL with most municipalities of a province; of several with equally many the one with the lowest code. */
  async aslOfProvince(province: string): Promise<string | undefined> {
    const rows = await this.db.query<{ asl_code: string }[]>(
      `SELECT asl_code FROM registry.municipality WHERE province_code = $1
       GROUP BY asl_code ORDER BY count(*) DESC, asl_code LIMIT 1`,
      [province],
    );
    return rows[0]?.asl_code;
  }
}
