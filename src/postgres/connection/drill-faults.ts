import { connectionRefused, type ServiceFaults } from '../../resilience/drills/service-faults.ts';
import { ConnectionFailedError } from './database-errors.ts';

/** How the database fails. @param timeoutMs of a statement. @param isEmbedded whether the server is the service's own */
export function databaseFaults(timeoutMs: number, isEmbedded: boolean): ServiceFaults {
  return {
    limitMs: timeoutMs,
    limit: 'attempt',
    errors: {
      refuse: () => new ConnectionFailedError(connectionRefused(), isEmbedded),
      garbage: () => new ConnectionFailedError(new Error('received invalid response'), isEmbedded),
    },
  };
}
