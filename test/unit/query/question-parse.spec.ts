import { readFile } from 'node:fs/promises';
import { formKey, readForm } from '../../../src/query/semantic-cache/question-parse.ts';
import { asksTheSame } from '../../../src/query/semantic-cache/question-match.ts';

const same = (asked: string, earlier: string) => asksTheSame(readForm(asked), readForm(earlier));
const keyOf = (question: string) => formKey(readForm(question));

describe('two questions', () => {
  it.each([
    ['who WON the Super Bowl in 1996', 'Who won the Super Bowl in 1996?'],
    ['WHO WON THE SUPER BOWL IN 1996', 'Who won the Super Bowl in 1996?'],
    ['In 1996, who won the Super Bowl?', 'Who won the Super Bowl in 1996?'],
    ['won Super Bowl 1996', 'Who won the Super Bowl in 1996?'],
    ["What's the limit of luggage weight per flight?", 'What is the limit of luggage weight per flight?'],
    ['where’s the key of the boat shed', 'Where is the key of the boat shed?'],
    ["Who's the keeper of the harbour?", 'Who is the keeper of the harbour?'],
    ['Please, what is the capital of France?', 'What is the capital of France?'],
    ['which is the capital of france', 'What is the capital of France?'],
    ['What highest tower northern Germany', 'What is the highest tower in northern Germany?'],
    ['highest tower northern Germany', 'What is the highest tower in northern Germany?'],
    ['the harbour lamp where on the old mast hangs', 'Where on the old mast hangs the harbour lamp?'],
    ['Why don’t the alarms ring?', 'why do not the alarms ring'],
    ['How did Tesla s coil work', 'How did Tesla’s coil work?'],
    ['How many of the 1000 tickets were sold?', 'How many of the 1,000 tickets were sold?'],
    ['¿Por que perdió la guerra Napoleón?', '¿Por qué perdió la guerra Napoleón?'],
    ['quien ganó la Super Bowl 50', '¿Quién ganó la Super Bowl 50?'],
    ['Wie hoch ist der Turm', 'wie hoch ist der Turm?'],
    ['富士山の高さは', '富士山の高さは？'],
    ['What Is The Capital Of France?', 'What is the capital of France?'],
    [
      'In 2014, how long was the flight from London to Paris?',
      'How long was the flight from London to Paris in 2014?',
    ],
    ['case 1: WHERE does the harbour lamp hang', 'Where does the harbour lamp hang, case 1?'],
    [
      'the sacks season most registered who the team this on',
      'Who registered the most sacks on the team this season?',
    ],
    [
      'fleet the a reach of did first northern harbour ship which',
      'Which harbour did a ship of the northern fleet reach first?',
    ],
    [
      'keep the to did river engineers of the out what town build the',
      'What did the engineers build to keep the river out of the town?',
    ],
    [
      'ciudad el en de primer a año Soria la qué llegó tren',
      '¿En qué año llegó el primer tren a la ciudad de Soria?',
    ],
    ['where do US troops train', 'Where do US troops train?'],
    ['What second busiest airport United States', 'What is the second busiest airport in the United States?'],
    [
      'which harbour northern fleet reach first spring 1901',
      'Which harbour did the northern fleet reach first in the spring of 1901?',
    ],
    [
      'qué porcentaje población Varsovia protestante 1901',
      '¿Qué porcentaje de la población de Varsovia fue protestante en 1901?',
    ],
    [
      'porcentaje población Varsovia protestante 1901',
      '¿Qué porcentaje de la población de Varsovia es protestante en 1901?',
    ],
    ['Where Nikola Tesla born', 'Where was Nikola Tesla born?'],
    ['What melts at 0.5 degrees?', 'What melts at .5 degrees?'],
    ['IS A 5 KM RUN LONG?', 'Is a 5 km run long?'],
    ['what did in 1997 tony blair promise', 'What did in 1997 Tony Blair promise?'],
    ['How do I turn off heating boiler?', 'How do I turn off the heating boiler?'],
    ['who has blood type O−', 'Who has blood type O-?'],
    ['Is a 6″ cable enough for the desk?', 'Is a 6" cable enough for the desk?'],
    ['Is a 6’ cable enough for the desk?', "Is a 6' cable enough for the desk?"],
    ['What is "top 10"?', 'What is top 10?'],
    ['who was “Nikola Tesla”', "Who was 'Nikola Tesla'?"],
    ['Which flat screen is it', 'Which flat-screen is it?'],
    ['Tesla, when was he born', 'Tesla—when was he born?'],
    ['Who won the Super Bowl in 1996?!', 'Who won the Super Bowl in 1996?'],
    ['Who won the Super Bowl!', 'Who won the Super Bowl ?'],
    ['where does j k rowling live', 'Where does J. K. Rowling live?'],
    ['Well... who is Juan?', 'well who is Juan'],
    ['IS A −5 KM RUN LONG?', 'Is a −5 km run long?'],
    ['What is x-y?', 'What is x – y?'],
    ['Is 5％ a lot?', 'Is 5% a lot?'],
  ])('ask the same: %s | %s', (asked, earlier) => {
    expect(same(asked, earlier)).toBe(true);
  });

  it.each([
    ['who has and who is', "Who's sent the contract?", 'Who is sent the contract?'],
    [
      'the clause that the time belongs to',
      'On Monday night who killed the man that saw John?',
      'Who killed the man that saw John on Monday night?',
    ],
    [
      'the clause that the place belongs to',
      'In the north hall who praised the man who trained Anna?',
      'Who praised the man who trained Anna in the north hall?',
    ],
    ['another number', 'Who won the Super Bowl in 1997?', 'Who won the Super Bowl in 1996?'],
    ['a number of other digits', 'Who is member 1234568?', 'Who is member 1234567?'],
    ['a version', 'How do I upgrade to version 1?', 'How do I upgrade to version 1.1?'],
    ['a part of a version', 'What is new in version 2.1.2?', 'What is new in version 2.1.1?'],
    ['a decimal', 'What is 1.234?', 'What is 1234?'],
    ['an operator', 'What is 10-5?', 'What is 10+5?'],
    ['a currency', 'What costs €50?', 'What costs $50?'],
    ['a percentage', 'What is 5% of 200?', 'What is 5 of 200?'],
    ['another name', 'What is the capital of Austria?', 'What is the capital of Australia?'],
    ['a name that is nearly the same', 'What causes hypothyroidism?', 'What causes hyperthyroidism?'],
    ['a word that is longer by a letter', 'Where is the plane?', 'Where is the plan?'],
    ['a plural that is a name', 'How do I install a window?', 'How do I install Windows?'],
    ['another family', 'When did William marry?', 'When did Williams marry?'],
    ['an ending of a verb', 'What is the train schedule?', 'What is the training schedule?'],
    ['who is charged', 'Which users are being charged?', 'Which users are charging?'],
    ['a negation', 'Which drinks are not allowed?', 'Which drinks are allowed?'],
    ['a contracted negation', 'Which drinks aren’t allowed?', 'Which drinks are allowed?'],
    [
      'what is negated',
      'Can users who have not registered log in?',
      'Can users who have registered not log in?',
    ],
    ['another word that asks', 'When did Tesla emigrate?', 'Why did Tesla emigrate?'],
    ['yes or no', 'Does the circuit open?', 'When does the circuit open?'],
    ['another tense', 'Who was the chancellor?', 'Who is the chancellor?'],
    ['another duty', 'Must visitors park behind the gate?', 'May visitors park behind the gate?'],
    ['a month', 'What happened in 1945?', 'What happened in May 1945?'],
    ['a first name', 'Who married Smith?', 'Who married Will Smith?'],
    ['a part of the day', 'Which bus leaves at 5?', 'Which bus leaves at 5 am?'],
    ['a numeral', 'Who succeeded Charles I?', 'Who succeeded Charles?'],
    ['a letter that is a word', 'What is hepatitis E?', 'What is hepatitis?'],
    ['another direction', 'Is there a bus from Ulm?', 'Is there a bus to Ulm?'],
    ['a relation more', 'What is a fuse?', 'What is a fuse for?'],
    ['or instead of and', 'Is there tea or coffee?', 'Is there tea and coffee?'],
    ['whose it is', '¿Puedo entrar con mi perro?', '¿Puedo entrar con tu perro?'],
    ['whose is whose', 'What are his name and her age?', 'What are her name and his age?'],
    ['changed places', 'Did England defeat France?', 'Did France defeat England?'],
    [
      'longer names that have changed places',
      'Did the Denver Broncos defeat the Carolina Panthers?',
      'Did the Carolina Panthers defeat the Denver Broncos?',
    ],
    ['who did what', 'Who did Denver defeat?', 'Who defeated Denver?'],
    ['who hit whom', 'Who did John Smith hit?', 'Who hit John Smith?'],
    ['what eats what', 'What hunts killer whales?', 'What do killer whales hunt?'],
    ['who owns whom', 'Which firm does Deutsche Bank own?', 'Which firm is Deutsche Bank owned by?'],
    [
      'who bought whom',
      'Which American company bought Instagram in 2012?',
      'Which American company was bought by Instagram in 2012?',
    ],
    ['the passive in keywords', 'company bought Instagram', 'Which company was bought by Instagram?'],
    ['whom in Spanish', '¿A quién venció Francia?', '¿Quién venció a Francia?'],
    ['whom in Portuguese', 'Quem venceu o Brasil?', 'A quem venceu o Brasil?'],
    [
      'whom in German',
      'Hat Bayern München Borussia Dortmund besiegt?',
      'Hat Borussia Dortmund Bayern München besiegt?',
    ],
    ['a particle in German', 'Wie melde ich mich an?', 'Wie melde ich mich?'],
    [
      'the way back in French',
      'Quel vol va de New York à San Francisco?',
      'Quel vol va de San Francisco à New York?',
    ],
    [
      'the way back in Spanish',
      '¿De San Sebastián a Madrid qué tren va?',
      '¿Qué tren va de Madrid a San Sebastián?',
    ],
    ['an accent', '¿Qué edad tiene el papa de Juan?', '¿Qué edad tiene el papá de Juan?'],
    ['a word more', 'Who won the first Super Bowl?', 'Who won the Super Bowl?'],
    ['a word less', 'Who won the Super Bowl?', 'Who won the first Super Bowl?'],
    ['keywords in another order', 'first plastome sequenced', 'Who sequenced the first plastome?'],
    ['what instead of why', '¿Qué ganó Napoleón?', '¿Por qué ganó Napoleón?'],
    [
      'a particle',
      'How do I turn on the central heating boiler?',
      'How do I turn off the central heating boiler?',
    ],
    ['a particle less', 'turn central heating boiler', 'How do I turn off the central heating boiler?'],
    [
      'the way back, told in another order',
      'From London to Paris, how long is the flight?',
      'How long is the flight from Paris to London?',
    ],
    [
      'the way back between longer names',
      'Which gate does the flight from New Orleans to New York City leave from?',
      'Which gate does the flight from New York City to New Orleans leave from?',
    ],
    [
      'who beat whom, told in another order',
      'At the final in Rio, did Brazil beat Germany?',
      'Did Germany beat Brazil at the final in Rio?',
    ],
    [
      'the way back in no order',
      'the to Paris is how long in flight May the from London',
      'How long is the flight from Paris to London in May?',
    ],
    [
      'who beat whom, with a word typed twice',
      'At the final in the the Rio, did Brazil beat Germany?',
      'Did Germany beat Brazil at the final in Rio?',
    ],
    [
      'what is negated, in no order',
      'the in fuses Ulm which do not blow the but replaced are',
      'Which fuses in Ulm do blow but are not replaced?',
    ],
    [
      'who gives whom, in no order',
      'her the to his in brother give did what sister May',
      'What did his sister give to her brother in May?',
    ],
    [
      'who fired whom, in two clauses',
      'Who fired the manager who hired Anna Lee?',
      'Who hired Anna Lee, who fired the manager?',
    ],
    [
      'who shot whom, in two clauses',
      'Who killed the man who shot Tom?',
      'Who shot Tom, who killed the man?',
    ],
    [
      'who manages whom, twice',
      'Does Alice manage Bob or Carol manage Dave?',
      'Does Bob manage Carol or Dave manage Alice?',
    ],
    [
      'what is nearer what',
      'Is Paris nearer London or Berlin nearer Madrid?',
      'Is London nearer Berlin or Madrid nearer Paris?',
    ],
    [
      'what is taken from what, told in another order',
      'x minus y times z is what',
      'What is z minus x times y?',
    ],
    [
      'who beat whom, told in another order in one word each',
      'In Rio did Brazil beat Germany easily yesterday?',
      'Did Germany easily beat Brazil yesterday in Rio?',
    ],
    ['what is taken from what', 'What is 10 minus 5 times 2?', 'What is 2 minus 10 times 5?'],
    [
      'who pays whom',
      'Should vendors pay buyers if buyers return goods late?',
      'Should buyers pay vendors late if goods return buyers?',
    ],
    [
      'who evicts whom, behind another question',
      'What is the deposit and can tenants evict landlords?',
      'Can landlords evict tenants and what is the deposit?',
    ],
    [
      'who notifies whom, behind another question',
      'What is the policy and does HR notify managers?',
      'Do managers notify HR and what is the policy?',
    ],
    [
      'what weakens what',
      'What is aspirin and does ibuprofen weaken warfarin?',
      'Does warfarin weaken ibuprofen and what is aspirin?',
    ],
    [
      'what raises what',
      'What is metformin and does alcohol raise insulin?',
      'Does insulin raise alcohol and what is metformin?',
    ],
    [
      'who fines whom',
      'What is the SLA and can vendors fine clients?',
      'Can clients fine vendors and what is the SLA?',
    ],
    [
      'who owes whom',
      'What is the fee and does Anna owe Tom 5 euros?',
      'Does Tom owe Anna 5 euros and what is the fee?',
    ],
    [
      'what harms what',
      'What is safe and does bleach harm vinegar?',
      'Does vinegar harm bleach and what is safe?',
    ],
    [
      'who writes to whom',
      'Where is Rome and does Anna write to Tom?',
      'Does Tom write to Anna and where is Rome?',
    ],
    [
      'who sues whom',
      'When is rent due and can landlords sue tenants?',
      'Can tenants sue landlords and when is rent due?',
    ],
    [
      'what stops what, in quotes',
      'What is wrong and does "start" stop "pause"?',
      'Does "pause" stop "start" and what is wrong?',
    ],
    [
      'who pages whom, with a hyphen',
      'Can the on-call nurse page a surgeon at night?',
      'At night can a surgeon page the nurse on call?',
    ],
    [
      'who advises whom, with a hyphen',
      'Does the in-house lawyer advise the board on taxes?',
      'On taxes does the board advise the lawyer in house?',
    ],
    [
      'who pays whom, with a hyphen',
      'Does the at-fault driver pay the insurer in Ohio?',
      'In Ohio does the insurer pay a driver at fault?',
    ],
    [
      'who refunds whom, with a hyphen',
      'Do the for-profit schools refund parents in Ohio?',
      'In Ohio do parents refund schools for profit?',
    ],
    [
      'who fires whom, with a hyphen',
      'When can an on-site manager fire contractors at night?',
      'At night when can contractors fire a manager on site?',
    ],
    [
      'a name that begins with an article',
      'In Rome did The Who outsell Queen?',
      'Who did Queen outsell in Rome?',
    ],
    [
      'words that are meant themselves',
      'In Python does the if precede the while?',
      'Does while precede if in Python?',
    ],
    [
      'who sues whom, in small letters',
      'in may does the it team sue sales?',
      'does sales team sue it in may?',
    ],
    [
      'who beat whom, with an article too many',
      'In Rio in a the final did Brazil beat Germany?',
      'Did Germany beat Brazil in the final in Rio?',
    ],
    [
      'who beat whom, with another article too many',
      'In Rio at a the final did Brazil beat Germany?',
      'Did Germany beat Brazil at the final in Rio?',
    ],
    [
      'who pays whom, in Spanish',
      '¿Cuál es el plazo y en mayo paga Ana a Luis?',
      '¿Paga Luis a Ana en mayo y cuál es el plazo?',
    ],
    [
      'who saw whom, in Spanish',
      '¿Dónde está el acta y en mayo vio Ana a Luis?',
      '¿Vio Luis a Ana en mayo y dónde está el acta?',
    ],
    [
      'whose boss, in Spanish',
      '¿Qué es la ley y es Ana jefa de Luis?',
      '¿Es Luis jefa de Ana y qué es la ley?',
    ],
    [
      'what trips what',
      'Should the valve be on or off when the pump trips the relay?',
      'When the relay trips the pump should the valve be off or on?',
    ],
    [
      'who shot whom, in two questions',
      'Who shot Tom in Rome and did Anna pay Lee?',
      'Did Lee pay Anna and who in Rome shot Tom?',
    ],
    [
      'who meets whom, as an echo',
      'Anna will meet whom in Rome with Tom on Monday?',
      'Whom will Tom meet on Monday with Anna in Rome?',
    ],
    [
      'who hired whom, as an echo',
      'Anna had hired whom in May for Tom at work?',
      'Whom had Tom hired at work for Anna in May?',
    ],
    ['an abbreviation', 'Who leads the IT department?', 'Who leads the department?'],
    ['a country', 'How much comes from US plants?', 'How much comes from our plants?'],
    ['a letter', 'What is plan A?', 'What is the plan?'],
    ['signs of a name', 'Who made C++?', 'Who made C#?'],
    ['a sign before a number', 'What melts at −5 °C?', 'What melts at 5 °C?'],
    ['a relation between numbers', 'Is 10 > 5?', 'Is 10 < 5?'],
    ['no content at all', 'Who are you?', 'Who are they?'],
    ['whose', 'Whose teacher was Plato?', 'Who was the teacher of Plato?'],
    ['whose it is of', 'Whose manager is Anna Lee?', 'Who is the manager of Anna Lee?'],
    ['who tells whom', 'Who must the support desk notify?', 'Who must notify the support desk?'],
    ['whom', 'Whom can Anna Lee replace?', 'Who can replace Anna Lee?'],
    ['who fires whom', 'Who may the managing director fire?', 'Who may fire the managing director?'],
    ['what drives what', 'What can the red pump drive?', 'What can drive the red pump?'],
    ['who tells you', 'When must you notify us?', 'When must we notify you?'],
    ['who owes you', 'How much do you owe me?', 'How much do I owe you?'],
    ['what is in it', 'What is in the Premium plan?', 'What is the Premium plan?'],
    ['a particle at the end', 'Where do I sign in?', 'Where do I sign?'],
    ['a particle in between', 'How do I turn in my badge?', 'How do I turn my badge?'],
    ['a place', 'When can staff be at work?', 'When can staff work?'],
    ['a negated sign', 'What does != mean?', 'What does = mean?'],
    ['a sign alone', 'What does the | operator do?', 'What does the & operator do?'],
    ['signs alone', 'What does && do in bash?', 'What does || do in bash?'],
    ['marks alone', 'What does :) mean?', 'What does :( mean?'],
    ['a mark alone', 'What does ! mean?', 'What does ~ mean?'],
    ['an arrow', 'What does → mean?', 'What does ← mean?'],
    ['an emoji', 'What does 👍 mean?', 'What does 👎 mean?'],
    ['a slash', 'What does the / command do?', 'What does the command do?'],
    ['a slash before a word', 'What does /clear do?', 'What does clear do?'],
    ['a dash before a letter', 'What does the -f flag do?', 'What does the f flag do?'],
    ['a unit', 'Is 5℃ too cold?', 'Is 5 too cold?'],
    ['whose in Spanish', '¿De quién es padre Juan?', '¿Quién es el padre de Juan?'],
    ['who replaces whom', '¿Quién Ana Pérez puede sustituir?', '¿Quién puede sustituir Ana Pérez?'],
    ['who hits whom', 'Anna schlägt Paul?', 'Schlägt Paul Anna?'],
    ['who beat whom in Italian', 'Paolo Rossi chi ha battuto?', 'Chi ha battuto Paolo Rossi?'],
    [
      'three that have changed places',
      'Does the Ulm office report to Bern through Rome?',
      'Does the Bern office report to Rome through Ulm?',
    ],
    ['who invaded', 'Which country invaded in 1939?', 'Which country was invaded in 1939?'],
    ['who sent it', 'Who sent the contract?', 'Who was sent the contract?'],
    ['who paid it', 'Who first paid the bonus?', 'Who was first paid the bonus?'],
    ['who taught', 'Who taught Latin?', 'Who is taught Latin?'],
    ['who captured', 'How many soldiers captured in 1943?', 'How many soldiers were captured in 1943?'],
    [
      'who has paid the fee to the bank',
      'Who has paid the yearly fee in Berlin?',
      'Who has been paid the yearly fee in Berlin?',
    ],
    [
      'what is asked for',
      'What did the customer ask at the front desk yesterday?',
      'What did the customer ask for at the front desk yesterday?',
    ],
    [
      'what belongs to the verb',
      'What did the company invest last year in Ulm?',
      'What did the company invest in last year in Ulm?',
    ],
    [
      'with whom they fought',
      'Which countries did Germany fight in 1941?',
      'Which countries did Germany fight with in 1941?',
    ],
    ['a decimal without its zero', 'What melts at 5 degrees?', 'What melts at .5 degrees?'],
    ['the capitals of a unit', 'Is a 5 mW laser safe?', 'Is a 5 MW laser safe?'],
    ['the capitals of a unit at its number', 'Is a 5mW laser safe?', 'Is a 5MW laser safe?'],
    ['a duty and an advice', 'How long must I cook it?', 'How long should I cook it?'],
    ['a mark before a word', 'What is !important in CSS?', 'What is important in CSS?'],
    ['where a path begins', 'What does ../config hold?', 'What does ./config hold?'],
    ['feet and inches', 'Is a 6" cable enough for the desk?', "Is a 6' cable enough for the desk?"],
    ['minutes and seconds', 'Is a 6″ arc enough here?', 'Is a 6′ arc enough here?'],
    ['inches', 'Is a 6” cable enough for the desk?', 'Is a 6 cable enough for the desk?'],
    ['a prime', "What is f'(x)?", 'What is f(x)?'],
    ['brackets', 'What is 2*3+4 in total?', 'What is 2*(3+4) in total?'],
    ['brackets with spaces', 'What is 2 * 3 + 4 in total?', 'What is 2 * (3 + 4) in total?'],
    ['where brackets stand', 'What is sin(2x)+1?', 'What is sin(2x+1)?'],
    ['brackets around words', 'Is it tea and (milk or coffee)?', 'Is it (tea and milk) or coffee?'],
    ['a factorial', 'Is 5! greater than 100 in size?', 'Is 5 greater than 100 in size?'],
    ['a factorial at the end', 'What is 5!?', 'What is 5?'],
    ['the bounds of an interval', 'Is 3 in [1, 5]?', 'Is 3 in (1, 5)?'],
    ['a half-open interval', 'Is 3 in (1, 5]?', 'Is 3 in (1, 5)?'],
    ['a quantifier', 'What does the regex a? match?', 'What does the regex a match?'],
    ['a longer quantifier', 'What does ab? match?', 'What does ab match?'],
    ['a quantifier in a word', 'What does colou?r match?', 'What does colou.r match?'],
    ['a dot before a sign', 'What does a.* match?', 'What does a* match?'],
    ['a fraction of units', 'What is 5 N/m in the spring?', 'What is 5 N m in the spring?'],
    ['an underscore', 'What does MAX_SIZE hold?', 'What does MAX SIZE hold?'],
    ['two colons', 'What does std::sort do?', 'What does std:sort do?'],
    ['a colon before a word', 'What does :q do?', 'What does q do?'],
    ['a ratio', 'What is a:b?', 'What is a b?'],
    ['dots of a range', 'What does 1..5 mean?', 'What does 1...5 mean?'],
    ['a quote alone', "What does ' do?", 'What does " do?'],
    ['a dash alone', 'What does the - key do?', 'What does the key do?'],
    ['a difference of words', 'What is revenue - cost?', 'What is revenue cost?'],
    ['a debt', 'Does it cost -$5?', 'Does it cost $5?'],
    ['a paragraph', 'What does § 5 say?', 'What does 5 say?'],
    ['a grade', 'Is grade A+ enough?', 'Is grade A- enough?'],
    ['who outbid', 'Who was outbid?', 'Who outbid?'],
    ['who was overrun', 'Which camps were overrun?', 'Which camps overrun?'],
    ['who rebuilt', 'Which towns were rebuilt?', 'Which towns rebuilt?'],
    ['who thrust', 'Which side was thrust back?', 'Which side thrust back?'],
    [
      'who bought whom, in Spanish',
      '¿En qué año compró a Microsoft la empresa ZorN?',
      '¿En qué año compró Microsoft la empresa ZorN?',
    ],
    [
      'who bought whom, in keywords',
      'año compró Microsoft empresa ZorN',
      '¿En qué año compró a Microsoft la empresa ZorN?',
    ],
    [
      'who sold whom',
      '¿Cuándo vendió a Google la empresa Motorola?',
      '¿Cuándo vendió Google la empresa Motorola?',
    ],
    [
      'who sold from whom',
      '¿Cuándo compró de Google la empresa Motorola?',
      '¿Cuándo compró Google la empresa Motorola?',
    ],
    [
      'who beat which team',
      '¿Cuándo venció al equipo francés el equipo español?',
      '¿Cuándo venció el equipo francés el equipo español?',
    ],
    [
      'who was sold',
      '¿En qué año se vendió la empresa Motorola Mobility?',
      '¿En qué año vendió la empresa Motorola Mobility?',
    ],
    [
      'to whom it was sold',
      '¿Cuándo le vendió Google la empresa Motorola?',
      '¿Cuándo vendió Google la empresa Motorola?',
    ],
    [
      'with whom they played',
      '¿Cuándo jugó con Francia el equipo español?',
      '¿Cuándo jugó Francia el equipo español?',
    ],
    [
      'for whom it worked',
      '¿Cuándo trabajó para Google la empresa Motorola?',
      '¿Cuándo trabajó Google la empresa Motorola?',
    ],
    [
      'where they attacked',
      '¿Cuándo atacó en Francia el ejército alemán rojo?',
      '¿Cuándo atacó Francia el ejército alemán rojo?',
    ],
    [
      'a particle behind a verb',
      'How do I turn on the old brass ZorN valve?',
      'How do I turn the old brass ZorN valve?',
    ],
    [
      'a particle before what needs no article',
      'How do I turn on the ZorN brass valves?',
      'How do I turn ZorN brass valves?',
    ],
    [
      'who was sold, without articles',
      '¿Cuándo se vendió la Motorola Mobility alemana?',
      '¿Cuándo vendió Motorola Mobility alemana?',
    ],
    ['a particle in keywords', 'turn old brass ZorN valve', 'How do I turn on the old brass ZorN valve?'],
    ['who checks in', 'How do I check in the rental car keys?', 'How do I check the rental car keys?'],
    [
      'whom to take on',
      'How do I take on the night shift workers?',
      'How do I take the night shift workers?',
    ],
    [
      'turning on',
      'How can I save by turning on the old brass valve?',
      'How can I save by turning the old brass valve?',
    ],
    [
      'whom to call on',
      'When did they call on the old royal doctor?',
      'When did they call the old royal doctor?',
    ],
    [
      'where they fought',
      'Which armies fought in Nazi Germany in 1941?',
      'Which armies fought Nazi Germany in 1941?',
    ],
    ['what is in the box', 'What is in the big red box today?', 'What is the big red box today?'],
    ['what is turned on', 'What is turned on the old brass boiler?', 'What is turned the old brass boiler?'],
    ['what they approved', 'Who approved of the new tax plan?', 'Who approved the new tax plan?'],
    ['what is known', 'How many people know of the Tesla coil?', 'How many people know the Tesla coil?'],
    [
      'whether and when',
      'Who decides if the plant shuts down in Ulm?',
      'If the plant shuts down in Ulm, who decides?',
    ],
    [
      'who knows the time',
      'Who knows when the old brass valve closes?',
      'When the old brass valve closes, who knows?',
    ],
    [
      'whether and when, in Spanish',
      '¿Quién sabe si cierra la válvula vieja en Ulm?',
      '¿Si cierra la válvula vieja en Ulm quién sabe?',
    ],
  ])('differ by %s: %s | %s', (_, asked, earlier) => {
    expect([same(asked, earlier), same(earlier, asked)]).toEqual([false, false]);
  });

  it.each(['-', '‐', '‑', '‒', '–', '—', '−', '－'])('differ by the dash %s, which is a minus', (dash) => {
    for (const [marked, plain] of [
      [`Does the valve freeze at ${dash}5 degrees?`, 'Does the valve freeze at 5 degrees?'],
      [`Is it from ${dash}10 to 5?`, 'Is it from 10 to 5?'],
      [`What is 10^${dash}5 in total?`, 'What is 10^5 in total?'],
      [`Is x${dash}y prime?`, 'Is x y prime?'],
      [`Who has blood type O${dash}?`, 'Who has blood type O?'],
      [`Is Cl${dash} stable?`, 'Is Cl stable?'],
      [`Is grade A${dash} enough?`, 'Is grade A enough?'],
    ] as const) {
      expect([same(marked, plain), same(plain, marked)]).toEqual([false, false]);
      expect(same(marked.replace(dash, '-'), marked)).toBe(true);
    }
  });

  it('are compared in their own order only when they are too long to be reordered', () => {
    const words = Array.from({ length: 600 }, (_, index) => `word${index}`);
    const question = `What do ${words.join(' ')} mean`;
    expect(same(`${question}?`, question)).toBe(true);
    expect(same(`What do ${words.toReversed().join(' ')} mean`, question)).toBe(false);
    expect(same(`mean what do ${words.join(' ')}`, question)).toBe(false);
  });
});

it('are compared as the worked example in docs/extending.md says', async () => {
  const page = await readFile(new URL('../../../docs/extending.md', import.meta.url), 'utf8');
  const curated = /"question": "([^"]+)"/.exec(page)?.[1] ?? '';
  const [, found, refused] = /“([^”]+)” finds the answer above and “([^”]+)” does not/.exec(page) ?? [];
  expect([same(found ?? '', curated), same(refused ?? '', curated)]).toEqual([true, false]);
});

describe('the key of a parsed question', () => {
  it('is the same for every order, case and punctuation, and differs with a word or a negation', () => {
    const key = keyOf('Who won the Super Bowl in 1996?');
    expect(keyOf('in 1996 the SUPER bowl was won by whom')).toBe(key);
    expect(keyOf('Who won the Super Bowl in 1997?')).not.toBe(key);
    expect(keyOf('Who did not win the Super Bowl?')).not.toBe(keyOf('Who did win the Super Bowl?'));
  });

  it('is missing for a question without content words', () => {
    expect(keyOf('Who are you?')).toBeUndefined();
    expect(keyOf('?!')).toBeUndefined();
  });
});
