import { describe, expect, it } from 'vitest';
import type { PlacedEvent } from './eventItem.js';
import { exportFormats } from './exportFormat.js';

const event: PlacedEvent = {
  eventId: '01890a5d-ac96-774b-bcce-b302099a8057',
  eventType: 'order_placed',
  eventDateTime: '2026-11-26T09:30:00.123456Z',
  environment: 'production',
  subject: null,
  metadataVersion: 1,
  traceparent: null,
  state: 'delivered',
  batchId: '6b1b36cb-9a3e-4a3c-8a56-0a35b6f9fe62',
  outboxId: null,
  eventContext: '{"total":12345678901234567890}',
};

describe('an export in NDJSON', () => {
  it('has an event a line, its context as it was captured', () => {
    const line = exportFormats.ndjson.write({
      ...event,
      eventContext: '{\r\n "total": 12345678901234567890\n}',
    });
    expect(line).toContain('"event_context":{  "total": 12345678901234567890 }}\n');
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({ event_type: 'order_placed', subject: null, state: 'delivered' });
  });
});

describe('an export in CSV', () => {
  it('names its columns and quotes what has to be', () => {
    expect(exportFormats.csv.head).toBe(
      'event_id,event_type,event_date_time,environment,subject,metadata_version,traceparent,state,batch_id,event_context\r\n',
    );
    expect(exportFormats.csv.write({ ...event, subject: 'a "b", c\nd' })).toBe(
      '01890a5d-ac96-774b-bcce-b302099a8057,order_placed,2026-11-26T09:30:00.123456Z,production,"a ""b"", c\nd",1,,' +
        'delivered,6b1b36cb-9a3e-4a3c-8a56-0a35b6f9fe62,"{""total"":12345678901234567890}"\r\n',
    );
  });

  it.each(['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)', '\t=1'])('takes the formula out of %j', (subject) => {
    expect(exportFormats.csv.write({ ...event, subject })).toContain(
      subject.includes('"') ? `"'${subject.replaceAll('"', '""')}"` : `'${subject}`,
    );
  });
});
