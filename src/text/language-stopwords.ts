/**
 * Frequent function words by text search configuration of Postgres: those that mark the language, in the order in
 * which a draw is decided.
 */
export const languageMarks = {
  english:
    'the of and to in is that for it was with as on be at by this are from or have not what which were who how does when there their has an if you can why where do did',
  spanish:
    'de la que el en y los del las un por con una para es como más pero sus qué se al lo fue cuál dónde cuándo quién cómo cuántos está son este esta',
  french:
    'de la le les et des en un une du est que dans qui pour au sur pas par plus ce avec sont il elle nous vous quel quelle où comment quand été aux cette ne se',
  german:
    'der die und das in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus wie wird sind was wer wo wann warum nach bei einer oder',
  italian:
    'di che il la è per un in del non una le con si della da dei sono nel al gli alla più come chi quando dove quale anche questo delle ha lo',
  portuguese:
    'de que o do da em um para é com não uma os no se na por mais as dos como mas foi ao das são qual quem onde quando pelo pela à também',
  dutch:
    'de het een van en in is dat op te zijn met voor die niet aan er om dan ook als bij uit wat wie waar wanneer hoe door naar worden werd',
  swedish:
    'och i att det som en på är av för med till den inte har de om ett men var från kan när vad vem hur eller ska skulle efter',
  danish:
    'og i at det er en til på som af for den med de ikke der var et har hvad hvor hvem hvornår hvordan eller blev efter også kan fra',
  norwegian:
    'og i det er på som en til av for at med de ikke den har et fra hva hvor hvem når hvordan eller ble etter også kan ved',
  finnish:
    'ja on ei se että oli hän joka ovat kun mutta tai mikä missä kuka milloin miten myös sen olla kuin ole sekä jos jossa',
  romanian:
    'și în de la a cu care pe nu un o din este pentru mai sunt ce că fost sau unde cine când cum al ale au prin după fi',
  turkish:
    've bir bu da için ile de olarak çok daha olan gibi kadar sonra en ne kim nerede nasıl hangi ya veya değil oldu var ise tarafından',
  hungarian:
    'a az és hogy nem is egy meg ez volt van de mint vagy ki mi hol mikor hogyan azt csak el már ezt voltak lett után',
  indonesian:
    'yang dan di dari dengan untuk ini itu pada adalah tidak dalam akan oleh ke sebagai juga apa siapa atau tersebut telah dapat bagaimana mana',
  lithuanian:
    'ir yra kad tai į su iš buvo kaip ar bet už jo nuo dėl taip kas kur kada kurie po prie apie tik jos',
  catalan:
    'de la el i que a els les en per un una amb del és al com van dels més no són va també aquest o qui on quan quina',
  russian:
    'и в не на что с по как это он из к а но для от за до или его то был было были кто где когда какой также у о при я все',
  greek:
    'και το της η του να την ο που στην με των για από είναι στο τα τι τον ποιος πού πότε πώς οι δεν θα σε ήταν ή',
  arabic:
    'في من على إلى أن عن التي هو هي ما مع كان هذا الذي لا أو بعد كانت هل متى أين كيف هذه ذلك بين كما قد تم',
  hindi: 'के का की में है और को से ने पर यह एक कि हैं था भी क्या कौन कहाँ कब लिए हो इस थे थी गया किया जो ही',
} as const;
