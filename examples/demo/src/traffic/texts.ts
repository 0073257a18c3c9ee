/** Text as people write it, and as it breaks programs that do not expect it. */
export const customerNames = [
  'Ada Lovelace',
  'Grace Hopper',
  'Zoë Müller-Øre',
  '山田 太郎',
  'ירדן כהן',
  'محمد الخوارزمي',
  'Łukasz "Łuk" O\'Neill',
  'Ana\tMaria',
  'Back\\slash \\N \\. \\t',
  '👩‍🚀 Астронавтка',
  'Line\nBreak',
  'Carriage\r\nReturn',
  '{"json": [null]}',
  "Robert'); DROP TABLE orders; --",
  'Zalgo H̷̪͐e̶̲͝',
  '\u202EReversed\u202C',
] as const;

export const cancelReasons = [
  'changed my mind',
  'delivery takes too long',
  'found it cheaper\nelsewhere',
  'zu teuer – 30 % über Liste',
  'ordered twice by mistake 😳',
  'path was C:\\temp\\new',
] as const;

export const carriers = ['Pigeon Post', 'Östliche Spedition', 'Slow Boat', 'Überholspur'] as const;
export const paymentMethods = ['card', 'transfer', 'voucher'] as const;
export const productNames = [
  'Lamp',
  'Kettle',
  'Bookshelf',
  'Umbrella ☂',
  'Teapot "Blue"',
  'Crème brûlée torch',
  'USB\\Cable',
  'お茶碗',
] as const;
