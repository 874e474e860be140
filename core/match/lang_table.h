/*
 * lang_table.h - what tells languages apart, for lang.c alone.
 *
 * Words stand folded (fold.h): without marks, Cyrillic as Latin.  One that
 * several languages have counts less for each.  In groups `_' is the edge of a
 * word.  Letters stand as they are written, in lower case.
 */
#ifndef KOMPAN_MATCH_LANG_TABLE_H
#define KOMPAN_MATCH_LANG_TABLE_H

enum lang_script { LANG_LATIN, LANG_CYRILLIC };

struct lang_table {
	const char *code;
	enum lang_script script;
	const char *letters;
	const char *words;
	const char *groups;
};

static const struct lang_table lang_tables[] = {
	{ "bg", LANG_CYRILLIC, "щъюяй",
	    "ne e i na da se za ot v s sa sam si che tova po kak shte no kato "
	    "ili sas sme ste mi ti go gi mu im ya ni vi te toi tya nie vie az "
	    "te koi koya koeto koito kakvo kade koga zashto ima nyama mozhe "
	    "mnogo oshte vsichki vsichko samo tam tuk do pri pred sled bez "
	    "iz nad be beshe byah sega dobre mene tebe nego neya tozi tazi "
	    "tezi edin edna edno li ama ako dokato obache trabva tryabva iskam "
	    "znam znae haide dazhe vecho vech veche nikoi nyakoi nyakade "
	    "nishto neshto blagodarya zdraveite molya",
	    "_shte ata_ yat_ ite_ eto_ ava_ ova_ _ne_ at_ iya_ _nai _pre sht "
	    "_ta_ to_ tsi nat" },
	{ "bg", LANG_LATIN, "",
	    "ne na da se za ot sa sam sum sym si che 4e tova towa po kak shte "
	    "6te 6a shta kato ili sas sas sus sys sme ste mi ti go gi mu im ni "
	    "vi toi toj tya tq nie wie vie az koi koj koq koya koeto koito "
	    "kakvo kakwo kade kyde kude koga zashto za6to ima nyama nqma moje "
	    "mozhe moga mnogo oshte o6te vsichki vsi4ki vsi4ko samo tam tuk "
	    "pri pred sled bez be beshe be6e sega dobre men mene tozi tazi "
	    "tezi edin edna edno li ama ako obache oba4e trqbva tryabva iskam "
	    "znam znae haide dazhe veche ve4e nikoi nqkoi nyakoi nishto ni6to "
	    "neshto ne6to blagodarq blagodarya zdraveite zdraveyte molq molya "
	    "rabota raboti germania germaniq pari mislq mislia imam imate "
	    "nqkoj i e v s kym kum tyk oti takova takava",
	    "sht 6t _ne_ ata_ ite_ eto_ ova_ ava_ iya_ iq_ _za_ _4 4e 4a zh "
	    "_pre kak ost_ ame_ _nai nat qt_ ya_ hte_" },
	{ "en", LANG_LATIN, "",
	    "the and to of a in is it you that i for on with this be are my "
	    "have not was but your we he they so at if just like what me can "
	    "from or an do all as there their her his she will would when who "
	    "how about get no out up one has been by them more know don't "
	    "i'm it's am did does because people now think good than then "
	    "our us him some any why where which were had could should really "
	    "here too need want please thanks anyone someone time work please "
	    "got going never these those into over only see make love go day",
	    "th wh ing_ _the tion ght sh_ ll_ ou ea _wor ould ck_ ee_ oo ly_" },
	{ "de", LANG_LATIN, "äöüß",
	    "der die das und ist nicht ich zu in den mit von ein eine es auf "
	    "fur sich auch dem du wir sie er als aber wie man so an im was "
	    "wenn nur noch mir mich dich dir hat haben habe sind war werden "
	    "wird bei aus nach oder doch kann schon mal einen einem einer dass "
	    "das uber ja nein kein keine mehr vor zum zur hier da dann alle "
	    "jetzt immer sehr wo wer warum weil bin bist seid sein ihr euch "
	    "uns unser mein meine dein deine muss soll will heute etwas nichts "
	    "um am bis gibt ob gut danke bitte jemand kennt weiss ganz",
	    "sch ich_ ei ung_ en_ _ge cht _ver ie_ _be er_ ht_ st_ ck ss _un" },
	{ "pl", LANG_LATIN, "ąęłżźćńśó",
	    "nie to jest sie na i w z do ze co jak ale tak za o po ja ty on "
	    "ona oni my mi mnie ci cie go mu jej ich tym tego ten ta te dla "
	    "od przez czy bo juz tylko jeszcze moze bardzo sa byc byl byla "
	    "bylo ma mam masz mamy maja by gdzie kiedy dlaczego kto ktos cos "
	    "nic wszystko wiec pod przy bez nad przed jestem jestes jako tej "
	    "tych ktory ktora ktore tu tam teraz dzis dzisiaj dobrze prosze "
	    "dzieki dziekuje pracy praca wiem wie moj moja twoj sobie siebie "
	    "jego no a u lub oraz zawsze nigdy trzeba mozna niech",
	    "rz cz sz dz _nie _prz _wy iej ego sci ac_ owa wie nia szcz ych_ "
	    "yc_ ie_ ym_ cie_ _jest" },
	{ "ro", LANG_LATIN, "ăâîșțşţ",
	    "nu si de la sa in ca cu o un pe mai ce este e a din care pentru "
	    "am ai au are fi dar asa fost daca sunt eu tu el ea noi voi ei "
	    "imi iti isi ma te il le se va vor tot toate toti doar cum unde "
	    "cand cine cat prin dupa fara pana despre acum aici acolo foarte "
	    "bine multe mult multi nimic ceva cineva acest aceasta asta ala "
	    "aia lor lui ei meu mea mele tau ta al ale ori sau nici tara "
	    "oameni unei unui unor vreau stiu stie poate trebuie buna multumesc "
	    "spre nostru nostri avem aveti merge face fac va rog s-a n-am m-am "
	    "l-am i-am mi-a",
	    "ul_ lui_ ea_ ii_ esc at_ tii oare eaz _pre uri_ ilor ului _sunt "
	    "ati_ easc ie_ ele_" },
	{ "ru", LANG_CYRILLIC, "щыьэюяёй",
	    "ne i v na chto ya s kak a to eto po no on u tak za iz oni my vy "
	    "vse ego ee mne menya tebya bylo byl byla byt esli est uzhe ili "
	    "tolko kogda dlya do ot bez ochen eshte esht eshcho gde kto pochemu "
	    "tam zdes seichas mozhet nado nichego tozhe dazhe ti moi tvoi ih im "
	    "im tebe vas nas nam vam etot eta eti k o zhe by da net chto-to "
	    "bolyshe esty bolshe byty eshte tolyko ochenyy ochenyj",
	    "aty_ yty_ ity_ ogo_ ego_ yi_ yh_ sya_ _chto _vy _pro stv eshcho "
	    "ii_ ie_ oi_ yyy ost" },
	{ "uk", LANG_CYRILLIC, "щьюяіїєґй",
	    "ne i ta na shto v u z tse yak a do za po ya ti vin vona vi mi "
	    "ale abo tak je ye e shche shte bulo buv bula buti vzhe vse dlya "
	    "vid pro ni koli de hto chomu tilyki tilki duzhe tut tam mene mani "
	    "meni tebe iogo ii ih tsei tsya treba mozhe nemae bez pri pid nad "
	    "shob shtob shtobi bi zh",
	    "ity_ aty_ ogo_ iv_ _shto nnya ii_ iti_ ati_ sya_ _vi _ne" },
	{ "mk", LANG_CYRILLIC, "јљњџѓќѕ",
	    "ne e i na da se za od vo so ke ja go gi mu im ni vi toj taa tie "
	    "nie vie jas shto kako no ili site samo ova toa ovoj toj edna eden "
	    "edno mnogu koj koja koe koi kade koga zoshto ima nema mozhe si "
	    "sum sme ste bi po bidejki deka tuka tamu sega dobro",
	    "ot_ ta_ to_ ite_ _ke_ shto _go_ uvash uva jki ata_ _ne eshe" },
	{ "sr", LANG_CYRILLIC, "јљњћђџ",
	    "ne je i na da se za od u sa su sam si smo ste shta shto kako ali "
	    "ili samo to ovo taj ta koji koja koje gde kada zashto ima nema "
	    "mozhe bi po ce cu ces nije nisam bio bila bilo mi ti on ona oni "
	    "ga mu joj ih me te svi sve jos josh vec kao kad onda ovde tamo sad "
	    "dobro hvala tako jer",
	    "ije_ nje ski_ oje_ ima_ ama_ _je_ lj nj ovi_ ost_ iti_ ati_ cu_" },
	{ "hr", LANG_LATIN, "čšžćđ",
	    "ne je i na da se za od u sa su sam si smo ste sta sto kako ali "
	    "ili samo to ovo taj ta koji koja koje gde gdje kada zasto ima "
	    "nema moze bi po ce cu ces nije nisam bio bila bilo mi ti on ona "
	    "oni ga mu joj ih me te svi sve jos vec kao kad onda ovde ovdje "
	    "tamo sad sada dobro hvala tako jer s iz do jebem brate necu bih "
	    "mene tebe tebi meni nas vas toga tom ljudi covek covjek treba "
	    "zna znam ko tko neko netko nista",
	    "ije_ nje ski_ oje_ ima_ ama_ _je_ lj nj ovi_ iti_ ati_ dj _sv" },
	{ "cs", LANG_LATIN, "áčďéěíňóřšťúůýž",
	    "ne je a se v na to ze s z do i o si ale jak by tak co za po jsem "
	    "jsi jsou jsme jste byl byla bylo byt uz ja ty on my ho mu me mi "
	    "te ti pro od kdyz nebo jako jen jeste ten ta toho tom kde kdy kdo "
	    "proc ma mam mas neco nic vse vsechno u k jeho jeji ktery ktera "
	    "ktere protoze asi tady taky muze chci nebude bude dnes pri",
	    "ou_ ych_ _je_ _pri _vy ni_ eho_ emu_ ova _ze_ ete_ ost_ _js dn" },
	{ "sk", LANG_LATIN, "áäčďéíĺľňóôŕšťúýž",
	    "nie je a sa v na to ze s z do i o si ale ako by tak co za po som "
	    "sme ste su bol bola bolo byt uz ja ty on my ho mu ma mi ta ti pre "
	    "od ked alebo len este ten toho tom kde kedy kto preco mam mas "
	    "nieco nic vsetko u k jeho jej ktory ktora ktore pretoze asi tu "
	    "aj moze chcem nebude bude dnes pri vsak takze ich",
	    "ou_ ych_ _je_ _pri _vy nie_ eho_ emu_ ova _sa_ ete_ ost_ ie_ ia_" },
	{ "hu", LANG_LATIN, "áéíóöőúüű",
	    "a az es nem hogy is egy van ez de meg csak ha mint be ki el volt "
	    "vagy meg en te o mi ti ok azt ezt mert nagyon mar kell lesz ami "
	    "aki itt ott most jo sem le fel lehet majd minden nincs csak kar "
	    "nekem neked engem teged amikor miert hol ki mit valami senki "
	    "vagyok vagyunk tudom akkor igen",
	    "gy sz zs _meg _el ek_ ok_ nak_ nek_ ban_ ben_ _hogy tt_ va_ ett "
	    "ott ly_ agy egy" },
	{ "it", LANG_LATIN, "àèéìòù",
	    "e di che non la il un a per in una sono mi ho ti si lo ma con ha "
	    "da le i come se io cosa questo anche piu bene qui ci del della "
	    "dei al alla perche no solo tutto tutti mio mia tu lui lei noi "
	    "suo sua essere fare molto sei era hai gli quando chi dove ora poi "
	    "ancora nel nella dal oggi",
	    "che_ are_ ere_ ire_ zione gli _di_ tto_ tti_ _per _con ia_ io_ "
	    "lla_ amo_ ano_" },
	{ "es", LANG_LATIN, "áéíñóúü¿",
	    "de que no la el y a en es un por lo me los se una con para te mi "
	    "si las su como pero mas esta del al le yo todo esto ha muy hay ya "
	    "porque cuando ella nos eso este son tu he donde quien asi sin ese "
	    "fue ser tiene hacer bien estoy eres soy hoy todos nada siempre "
	    "sobre o ni puede",
	    "cion ando_ ado_ os_ as_ ente_ _que _con _est ar_ er_ ll ia_ dad_ "
	    "ue" },
	{ "tr", LANG_LATIN, "çğıİöşü",
	    "bir ve bu da de ne icin cok var ben sen o biz siz ama gibi daha "
	    "mi mu degil yok kadar her ki sey iyi nasil neden evet hayir diye "
	    "olarak olan sonra bana sana beni seni onu en ya hic simdi zaman "
	    "tom'un kim nerede benim senin bunu oldu oldugunu olur istiyorum",
	    "lar_ ler_ iyor uyor yor_ dan_ den_ _bir nin_ nun_ dir_ dur_ mak_ "
	    "mek_ lik_ _ol_ acak ecek ini_" },
	{ "fr", LANG_LATIN, "àâçèéêëîïôùûœ",
	    "de la le et les des est un une je tu il elle nous vous ils pas "
	    "que qui ne en du dans pour ce sur avec plus au a on se son sa ses "
	    "mon ma mes mais ou comme tout c'est j'ai d'un suis sont etre "
	    "avoir fait bien tres aux cette ces leur si moi toi lui quand "
	    "pourquoi parce",
	    "eux_ ent_ aux_ tion oui que_ _les _des ais_ ez_ eau _qu es_" },
	{ "nl", LANG_LATIN, "ëï",
	    "de het een en van ik is je dat niet te in we hij zij wat op met "
	    "voor zijn er maar aan die heb heeft om ook als bij naar nog dan "
	    "wel geen mijn jij u kan moet wil hebben was waren worden deze dit "
	    "hier daar uit over door nu goed zo toch al mij jullie",
	    "ij aa oo ee _het _een cht_ en_ _ge sch oe_ _ver uw" },
};

#endif
