import { weighType } from '../../../src/http/weigh-type.ts';

describe('the weight of a media type', () => {
  it.each<[string | undefined, number]>([
    [undefined, 0],
    ['', 0],
    ['*/*', 0],
    ['application/*', 0],
    ['text/html, application/xhtml+xml;q=0.9, */*;q=0.8', 0],
    ['application/json', 1],
    ['APPLICATION/JSON', 1],
    ['text/html , application/json; charset=utf-8', 1],
    ['application/json;q=0.5, */*', 0.5],
    ['application/json ; v=1; q=0.25', 0.25],
    ['application/json;q=0', 0],
    ['application/json;q=lots', 0],
    [',;,;q=1,', 0],
    ['application/jsonp', 0],
  ])('in %j is %d', (accept, weight) => {
    expect(weighType(accept, 'application/json')).toBe(weight);
  });
});
