//! What the name of a column promises, in the languages that databases are made in: English, Russian (in Cyrillic and in Latin
//! letters), German, French, Spanish, Portuguese, Italian.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::Detector::{self, *};
use super::person::fold;

/// How much the name of a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It may be; values must show it.
    Hint,
    /// It is, unless values speak against it.
    Sure,
}

/// What the name of a column promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// The kind of data.
    pub detector: Detector,
    /// How much it says.
    pub strength: Strength,
}

/// What the names of a table and a column say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The strongest promise of each detector.
    pub promises: Vec<Promise>,
    /// The name is that of harmless numbers or texts that look like something else: orders, articles, versions.
    pub harmless: bool,
}

impl Names {
    /// How much the name says for a detector.
    pub fn strength(&self, detector: Detector) -> Option<Strength> {
        self.promises.iter().find(|promise| promise.detector == detector).map(|promise| promise.strength)
    }

    fn add(&mut self, detector: Detector, strength: Strength) {
        match self.promises.iter_mut().find(|promise| promise.detector == detector) {
            Some(promise) => promise.strength = promise.strength.max(strength),
            None => self.promises.push(Promise { detector, strength }),
        }
    }
}

/// Names that are enough. Words of a phrase stand together in the name of the column, in this order, or are written as one.
#[rustfmt::skip]
const SURE: &[(Detector, &str)] = &[
    (Email, "email,e mail,emails,mail address,email address,user mail,почта,эл почта,электронная почта,имейл,мейл,емейл,pochta,epochta,el pochta,
        emailadresse,mailadresse,courriel,adresse mail,adresse electronique,correo,correo electronico,correio eletronico,posta elettronica,indirizzo email"),
    (Phone, "phone,phones,telephone,phone number,phone no,mobile,mobile phone,mobile number,cell phone,cellphone,cell number,msisdn,fax,fax number,whatsapp,viber,
        home phone,work phone,contact number,телефон,тел,мобильный,моб тел,номер телефона,сотовый,факс,telefon,tel,nomer telefona,mobilny,mob tel,
        telefonnummer,handy,handynummer,mobilnummer,mobiltelefon,festnetz,rufnummer,faxnummer,portable,telefone,telefono,celular,
        movil,telemovel,cellulare,numero telefono,num tel,numero tel,telefax"),
    (FirstName, "first name,firstname,fname,given name,givenname,forename,middle name,middlename,mname,nickname given,имя пользователя личное,отчество,имя клиента,имя сотрудника,
        otchestvo,imya,imja,vorname,vornamen,rufname,prenom,prenoms,deuxieme prenom,primer nombre,segundo nombre,nombre pila,primeiro nome,nome proprio,prenome,nome di battesimo,patronymic,name first"),
    (LastName, "last name,lastname,lname,surname,family name,familyname,maiden name,second name,sname,name last,фамилия,девичья фамилия,familiya,familija,familia,nachname,
        familienname,zuname,geburtsname,nom famille,nom naissance,nom jeune fille,apellido,apellidos,primer apellido,segundo apellido,
        apellido paterno,apellido materno,sobrenome,apelido,ultimo nome,cognome"),
    (FullName, "full name,fullname,fio,фио,ф и о,display name,real name,legal name,person name,contact name,contact person,customer name,client name,patient name,employee name,
        holder name,cardholder,cardholder name,account holder,recipient name,recipient,sender name,beneficiary name,father name,mother name,mothers maiden name,spouse name,
        emergency contact,guest name,passenger name,owner name,student name,teacher name,driver name,doctor name,applicant name,subscriber name,signatory,
        полное имя,имя фамилия,контактное лицо,получатель,владелец,polnoe imya,kontaktnoe lico,vollstandiger name,ansprechpartner,kontaktperson,
        inhaber,kontoinhaber,karteninhaber,nom complet,nom prenom,nom client,titulaire,destinataire,nombre completo,nombre apellidos,nombre cliente,titular,nome completo,
        nome cliente,nome do cliente,nome da mae,nome mae,nome do pai,nominativo,intestatario"),
    (UserName, "username,user name,login,login name,userlogin,user login,nick,nickname,nick name,screen name,screenname,account name,skype,telegram,telegram id,twitter,twitter handle,
        instagram,handle,логин,ник,псевдоним,benutzername,anmeldename,nutzername,spitzname,identifiant connexion,nom utilisateur,pseudo,nombre usuario,usuario,nome usuario,utente,nome utente"),
    (StreetAddress, "street,street address,street name,street line,address line,address1,address2,addr1,addr2,addr line,home address,house number,house no,house,building number,flat,flat number,apartment,
        apartment number,apt number,postal address,mailing address,billing address,shipping address,delivery address,residence,residential address,registered address,
        улица,дом,квартира,адрес,адрес регистрации,адрес проживания,адрес доставки,ulica,kvartira,dom,adres,adres dostavki,strasse,hausnummer,hausnr,anschrift,wohnadresse,lieferadresse,
        rechnungsadresse,strasse hausnummer,rue,numero rue,adresse postale,adresse domicile,adresse ligne,domicile,complement adresse,calle,direccion,direccion envio,domicilio,
        numero exterior,colonia,rua,endereco,logradouro,numero residencia,complemento endereco,morada,indirizzo,indirizzo residenza,residenza,numero civico"),
    (City, "city,town,ort,localite,localidad,localidade,city name,birth place,birthplace,place of birth,place birth,город,место рождения,населенный пункт,gorod,mesto rozhdeniya,stadt,wohnort,geburtsort,ville,
        lieu naissance,commune naissance,ciudad,municipio,lugar nacimiento,cidade,local nascimento,naturalidade,citta,comune,luogo nascita"),
    (Postcode, "postcode,post code,postal code,postalcode,zip,zip code,zipcode,zip4,индекс,почтовый индекс,pochtovyi indeks,indeks,plz,postleitzahl,code postal,codigo postal,cp cliente,cep,codigo postal cliente,cap residenza"),
    (PaymentCard, "card number,cardnumber,card no,credit card,creditcard,credit card number,cc number,ccnumber,ccnum,cc num,debit card,debit card number,card pan,primary account number,номер карты,банковская карта,
        nomer karty,kartennummer,kreditkarte,kreditkartennummer,numero carte,carte bancaire,carte bleue,numero tarjeta,tarjeta credito,tarjeta,numero cartao,cartao credito,cartao,carta di credito,numero carta"),
    (CardSecurityCode, "cvv,cvv2,cvc,cvc2,cvn,card cvv,security code card,card security code,card expiry,card expiration,cc expiry,exp card,card exp,prufziffer karte"),
    (Iban, "iban,iban number,iban code,bank iban"),
    (BankAccount, "bank account,bank account number,account iban,bankaccount,bank acct,acct number,acct no,routing number,sort code,расчетный счет,р с,номер счета,банковский счет,raschetnyi schet,raschetny schet,nomer scheta,
        bankkonto,kontonummer,kontonr,bankverbindung,compte bancaire,numero compte,rib,cuenta bancaria,numero cuenta,clabe,conta bancaria,numero conta,conta corrente,conto corrente,numero conto"),
    (IpAddress, "ip address,ipaddress,ip addr,ipaddr,client ip,remote ip,remote addr,user ip,last ip,login ip,signup ip,registration ip,source ip,ipv4,ipv6,ip адрес,айпи,ip adres,ip adresse,adresse ip,direccion ip,endereco ip,
        indirizzo ip,last login ip,current sign in ip,last sign in ip,x forwarded for"),
    (MacAddress, "mac address,macaddress,mac addr,macaddr,hardware address,hwaddr,wifi mac,bluetooth mac,bssid,mac адрес,mac adresse,adresse mac,direccion mac"),
    (UsSsn, "ssn,social security,social security number,social security no,soc sec,ssn number,ssn last4,itin"),
    (RuInn, "inn,инн"),
    (RuSnils, "snils,снилс,страховой номер"),
    (FrNir, "nir,numero securite sociale,securite sociale,num secu,numero secu,insee number"),
    (EsDni, "dni,nie,nif,numero dni,documento dni"),
    (ItCodiceFiscale, "codice fiscale,codicefiscale,cod fiscale,cod fisc"),
    (BrCpf, "cpf,numero cpf,cpf cliente,cpf titular,cpf cnpj"),
    (BrCnpj, "cnpj,numero cnpj"),
    (NationalId, "national id,nationalid,national identity,national insurance,national insurance number,nino,identity number,identity card,identity document,id card,id card number,idcard,id document,tax id,taxid,tax number,
        taxpayer id,tin,personal id,personal number,personal code,government id,voter id,aadhaar,aadhar,pan number,curp,rfc,rut,cuit,cuil,cedula,rg,numero rg,pesel,egn,jmbg,oib,bsn,cpr,driver license,drivers license,driver licence,driving license,driving licence,
        license number driver,medical record number,mrn,nhs number,insurance number,health insurance number,policy holder id,удостоверение,номер удостоверения,водительское удостоверение,полис,полис омс,огрнип,voditelskoe udostoverenie,polis,udostoverenie,
        personalausweis,ausweisnummer,ausweis,personalausweisnummer,steuernummer,steuer id,steueridentifikationsnummer,steuerid,sozialversicherungsnummer,svnr,sv nummer,krankenversicherungsnummer,fuhrerschein,fuhrerscheinnummer,
        carte identite,numero identite,piece identite,numero fiscal,permis conduire,numero assure,carte vitale,documento identidad,numero documento,numero identificacion,cedula identidad,licencia conducir,carnet conducir,seguridad social,numero seguridad social,
        carteira identidade,documento identidade,carteira motorista,cnh,pis,pasep,nis,cartao cidadao,bilhete identidade,nif contribuinte,contribuinte,tessera sanitaria,carta identita,patente guida,partita iva persona"),
    (Passport, "passport,passport number,passport no,passport num,passportnumber,passport series,passport serial,passport id,passport issued by,passport code,passport data,паспорт,паспорт номер,номер паспорта,серия паспорта,паспортные данные,кем выдан,
        pasport,nomer pasporta,seriya pasporta,pasport seriya,pasport nomer,pasportnye dannye,kem vydan,reisepass,reisepassnummer,passnummer,passnr,passeport,numero passeport,pasaporte,numero pasaporte,passaporte,numero passaporte,passaporto,numero passaporto"),
    (BirthDate, "birth date,birthdate,date of birth,date birth,dob,birthday,bday,birth day,born,born on,born at,birth year,year of birth,birth dt,дата рождения,день рождения,год рождения,data rozhdeniya,data rozhdenia,den rozhdeniya,god rozhdeniya,др,
        geburtsdatum,geburtstag,geboren,geboren am,gebdatum,geb datum,geburtsjahr,date naissance,date de naissance,datenaissance,ddn,ne le,annee naissance,fecha nacimiento,fecha de nacimiento,fechanacimiento,cumpleanos,nacimiento,
        data nascimento,data de nascimento,datanascimento,dt nascimento,dt nasc,data nasc,nascimento,aniversario,data nascita,data di nascita,nascita"),
    (Coordinates, "latitude,longitude,lat,lng,lon,lat lng,latlng,lat lon,latlon,geo lat,geo lon,geo lng,geolocation,geo location,gps,gps coordinates,gps lat,gps lon,coordinates,coords,geo point,geopoint,широта,долгота,координаты,shirota,dolgota,koordinaty,
        breitengrad,langengrad,koordinaten,coordonnees gps,coordenadas,latitud,longitud,latitudine,longitudine,coordinate gps,home location"),
    (Password, "password,passwd,pwd,passphrase,pass phrase,user password,plain password,pin,pin code,pincode,secret answer,security answer,password plain,пароль,пин код,parol,passwort,kennwort,geheimzahl,mot de passe,motdepasse,mdp,contrasena,clave acceso,senha,
        palavra passe,parola chiave"),
    (PasswordHash, "password hash,passwordhash,passwd hash,pwd hash,pw hash,hashed password,encrypted password,crypted password,password digest,password salt,pass hash,password encrypted,salt,password md5,password sha,хеш пароля,хэш пароля,hesh parolya,passwort hash,
        passworthash,hash senha,senha hash,hash contrasena"),
    (Jwt, "jwt,jwt token,id token"),
    (ApiKey, "api key,apikey,api token,api secret,access key,access key id,secret access key,secret key,secretkey,client secret,app secret,aws secret,consumer secret,consumer key,webhook secret,signing key,signing secret,encryption key,license key secret,shared secret,
        totp secret,otp secret,mfa secret,two factor secret,2fa secret,ключ api,api schlussel,cle api,clave api,chave api"),
    (PrivateKey, "private key,privatekey,ssh key,ssl key,pem,rsa key,pgp key,закрытый ключ,privater schlussel,cle privee,clave privada,chave privada"),
    (Token, "access token,accesstoken,auth token,authtoken,refresh token,refreshtoken,session token,session key,session id,sessionid,sid,oauth token,bearer token,csrf token,reset token,reset password token,password reset token,confirmation token,remember token,
        verification token,activation code,activation key,invite token,invitation token,device token,push token,fcm token,registration token,secret,token,recovery code,backup codes,otp,one time password,magic link,cookie,cookies,токен,сессия,jeton,ficha acceso"),
    (UserAgent, "user agent,useragent,ua string,browser agent,http user agent,юзер агент"),
    (UrlCredentials, "connection string,connectionstring,conn string,connstr,dsn,database url,db url,jdbc url,строка подключения"),
];

/// Names that need values of their kind.
#[rustfmt::skip]
const HINTS: &[(Detector, &str)] = &[
    (Email, "mail,contact,contacts,login,username,user name,recipient,sender,address,to,from,cc,bcc,reply to,account,user,owner,kontakt,kontakty,контакт,контакты,contato,contacto,reporter,assignee,subscriber"),
    (Phone, "contact,contacts,cell,number,kontakt,контакт,контакты,kontakty,contato,contacto,caller,callee,sms,номер,nummer,numero,recipient,sender,login,handset"),
    (FirstName, "name,имя,nom,nombre,nome,given,first,user,author,greeting name,contact,alias,i,фио1"),
    (LastName, "name,nom,nombre,nome,second,last,family,f,author,user,contact"),
    (FullName, "name,имя,имена,nom,nombre,nome,naam,author,autor,auteur,автор,owner,user,customer,client,клиент,klient,kunde,employee,сотрудник,sotrudnik,mitarbeiter,manager,менеджер,menedzher,contact,контакт,kontakt,signed by,created by,updated by,
        modified by,approved by,assigned to,assignee,reviewer,reporter,doctor,врач,vrach,arzt,medecin,patient,пациент,pacient,teacher,student,student,driver,водитель,voditel,recipient,sender,buyer,seller,agent,supervisor,beneficiary,heir,director,директор,direktor,
        witness,guarantor,artist,performer,composer,attention,attn,payee,payer,член,участник"),
    (StreetAddress, "address,addr,adresse,location,place,место,адреса,adresa,lieu,ort,lugar,local,address text,destination,origin,venue,site"),
    (PaymentCard, "card,pan,cc,карта,karta,karte,carte,account,account number,payment,payment account,number"),
    (Iban, "account,account number,bank,konto,compte,cuenta,conta,conto,payee,реквизиты"),
    (IpAddress, "ip,host,address,addr,client,remote,peer,server,source,src,dst,destination,node"),
    (MacAddress, "mac,device,hardware,address,station,client"),
    (UsSsn, "social,ss,tax,identification,tin,id number"),
    (RuInn, "tax,tin,налог,реквизиты,vat"),
    (RuSnils, "pension,insurance,пфр"),
    (FrNir, "secu,insee,assure,nss"),
    (EsDni, "documento,identificacion,document,doc,id number,vat,tax id"),
    (ItCodiceFiscale, "cf,fiscale,codice"),
    (BrCpf, "documento,document,doc,contribuinte,tax,taxid"),
    (BrCnpj, "documento,document,doc,tax,empresa"),
    (BirthDate, "birth,рождение,geburt,naissance,nacimiento,nascita,gb dat"),
    (Coordinates, "location,position,geo,point,x,y,геопозиция,standort,position gps,ubicacion,localizacao,lugar"),
    (HexDigest, "hash,digest,md5,sha1,sha256,хеш,хэш,fingerprint,signature,hashed"),
    (Token, "key,code,hash,session,auth,credential,credentials,signature,nonce,challenge,ключ,schlussel,cle,clave,chave,chiave,client id,value,data,payload,fingerprint,device id"),
    (UserAgent, "agent,browser,client,device,ua,браузер,navigateur,navegador"),
];

/// Words beside which a name is not about data of a person: flags, times, counts, settings.
#[rustfmt::skip]
const NEGATIVE: &str = "count,counts,cnt,total,sum,avg,average,type,types,kind,status,state,flag,is,has,can,should,allow,allowed,enabled,disabled,active,verified,confirmed,verification,validated,valid,sent,opened,required,optional,visible,public,at,on,time,timestamp,ts,
    template,templates,subject,format,mask,pattern,regex,provider,label,description,descr,desc,group,category,class,size,length,len,width,height,color,colour,position,order,sort,rank,limit,min,max,version,lang,language,locale,currency,method,mode,event,job,task,
    index,model,unit,policy,rule,setting,settings,config,option,options,preference,preferences,attempts,attempt,retries,expires,expiry,expiration,ttl,changed,updated,created,deleted,reason,priority,score,level,percent,ratio,rate,cost,price,amount,fee,
    тип,статус,флаг,количество,колво,признак,шаблон,anzahl,typ,kennzeichen,vorlage,nombre de,statut,etat,modele,cantidad,tipo,estado,plantilla,quantidade,quantita,stato,modello,interval,period,frequency,channel,domain,hint,question,strength,algorithm,algo,strategy";

/// Words before `name` with which it is not the name of a person.
#[rustfmt::skip]
const THINGS: &str = "file,product,table,column,schema,database,db,index,host,hostname,server,domain,event,class,role,template,brand,category,group,tag,label,field,attribute,property,key,service,app,application,project,module,package,plugin,theme,font,color,icon,image,photo,video,
    song,track,album,film,movie,book,course,city,country,region,state,district,street,currency,language,bank,branch,store,shop,warehouse,department,team,company,organization,organisation,vendor,supplier,manufacturer,model,type,status,step,stage,task,job,queue,topic,channel,
    campaign,segment,plan,tariff,feature,setting,config,option,parameter,param,variable,function,method,action,resource,device,sensor,node,cluster,bucket,folder,directory,path,common,scientific,generic,drug,medicine,disease,diagnosis,menu,page,section,layout,form,report,
    item,article,sku,unit,position,title,system,process,source,target,environment,env,version,release,genre,media,playlist,artist,ingredient,dish,recipe,school,university,subject,lesson,test,quiz,rule,policy,permission,scope,metric,dashboard,widget,
    товар,продукт,файл,категория,товара,категории,страны,города,компании,tovar,produkt,kategorie,datei,firma,produit,fichier,categorie,entreprise,societe,producto,archivo,categoria,empresa,produto,arquivo,prodotto,azienda,ciudad,pais,cidade";

/// Words of tables and columns that are about persons.
#[rustfmt::skip]
const PERSONS: &str = "person,persons,people,user,users,customer,customers,client,clients,patient,patients,employee,employees,staff,worker,workers,contact,contacts,member,members,student,students,teacher,teachers,driver,drivers,passenger,passengers,guest,guests,subscriber,subscribers,applicant,
    applicants,candidate,candidates,owner,owners,doctor,doctors,author,authors,profile,profiles,account,accounts,lead,leads,manager,managers,voter,voters,citizen,citizens,resident,residents,tenant,tenants,participant,participants,donor,donors,relative,relatives,child,children,
    клиент,клиенты,сотрудник,сотрудники,пользователь,пользователи,пациент,пациенты,человек,люди,физлица,контакты,klienty,sotrudniki,polzovateli,pacienty,kunde,kunden,mitarbeiter,benutzer,patienten,personen,personne,personnes,clients,utilisateurs,employes,persona,personas,cliente,
    clientes,usuario,usuarios,empleado,empleados,paciente,pacientes,pessoa,pessoas,funcionario,funcionarios,clienti,utenti,dipendenti,persone,pazienti,adherent,adherents,abonne,abonnes";

/// Words of numbers and texts that look like something else.
#[rustfmt::skip]
const HARMLESS: &str = "order,orders,invoice,sku,ean,upc,gtin,isbn,issn,imei,article,barcode,tracking,version,versions,build,release,commit,revision,checksum,etag,uuid,guid,serial,part,batch,lot,product,ticket,reference,ref,sequence,seq,hits,bytes,size,price,amount,total,qty,
    quantity,duration,elapsed,epoch,timestamp,ts,millis,ms,version,firmware,kernel,заказ,заказа,артикул,номенклатура,счет фактура,накладная,zakaz,artikul,auftrag,bestellung,bestellnummer,artikel,artikelnummer,rechnung,rechnungsnummer,seriennummer,commande,facture,pedido,factura,articulo,fatura,artigo,ordine,fattura,content,file,asset,image";

struct Tables {
    /// The phrase without spaces -> what it promises.
    phrases: HashMap<String, Vec<Promise>>,
    negative: HashSet<String>,
    things: HashSet<String>,
    persons: HashSet<String>,
    harmless: HashSet<String>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut phrases: HashMap<String, Vec<Promise>> = HashMap::new();
    for (list, strength) in [(SURE, Strength::Sure), (HINTS, Strength::Hint)] {
        for (detector, names) in list {
            for phrase in words(names) {
                phrases.entry(phrase).or_default().push(Promise { detector: *detector, strength });
            }
        }
    }
    Tables {
        phrases,
        negative: words(NEGATIVE).collect(),
        things: words(THINGS).collect(),
        persons: words(PERSONS).collect(),
        harmless: words(HARMLESS).collect(),
    }
});

/// The entries of a list, each without its spaces.
fn words(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|phrase| phrase.split_whitespace().collect::<String>()).filter(|phrase| !phrase.is_empty())
}

/// The words of a name: parted by everything that is no letter or digit, where a capital follows a small letter, and before and
/// behind digits. Lower case, without diacritics.
fn tokens(name: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut current = String::new();
    let mut previous = ' ';
    let chars: Vec<char> = name.chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        let next_is_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let begins = !c.is_alphanumeric()
            || (c.is_uppercase() && (previous.is_lowercase() || (previous.is_uppercase() && next_is_lower)))
            || (c.is_ascii_digit() != previous.is_ascii_digit() && previous.is_alphanumeric());
        if begins && !current.is_empty() {
            tokens.push(fold(&std::mem::take(&mut current)));
        }
        if c.is_alphanumeric() {
            current.push(c);
        }
        previous = c;
    }
    if !current.is_empty() {
        tokens.push(fold(&current));
    }
    tokens
}

/// Whether the name of a table says that it is about persons: all that it adds to what the names of its columns say.
pub fn is_of_persons(table: &str) -> bool {
    tokens(table).iter().any(|word| TABLES.persons.contains(word))
}

/// The longest phrase, in words.
const LONGEST: usize = 5;

/// What the name of a column promises. The name of its table says whether `name` is that of a person.
pub fn of_column(table: &str, column: &str) -> Names {
    let tables = &*TABLES;
    let words = tokens(column);
    let mut found = Names::default();
    if words.is_empty() {
        return found;
    }
    let is_person = |word: &String| tables.persons.contains(word);
    let person_in_column = words.iter().any(is_person);
    let person_table = is_of_persons(table);
    found.harmless = words.iter().any(|word| tables.harmless.contains(word));
    // The longest phrases first: words that they use up do not speak again.
    let mut used = vec![false; words.len()];
    let mut matched = Vec::new();
    for length in (1..=LONGEST.min(words.len())).rev() {
        for start in 0..=words.len() - length {
            let range = start..start + length;
            if used.get(range.clone()).is_none_or(|used| used.iter().any(|used| *used)) {
                continue;
            }
            let glued: String = words.get(range.clone()).unwrap_or_default().concat();
            if let Some(promises) = tables.phrases.get(&glued) {
                used.get_mut(range.clone()).into_iter().flatten().for_each(|used| *used = true);
                matched.push((range, promises));
            }
        }
    }
    let rest = |range: &std::ops::Range<usize>| {
        words.iter().enumerate().filter(|(i, _)| !range.contains(i)).map(|(_, word)| word).collect::<Vec<_>>()
    };
    for (range, promises) in matched {
        let rest = rest(&range);
        if rest.iter().any(|word| tables.negative.contains(*word)) {
            continue;
        }
        // A reference to a row of another table, or the name of an object.
        let is_reference =
            rest.iter().any(|word| matches!(word.as_str(), "id" | "ids" | "ref" | "fk" | "uuid" | "guid" | "pk"));
        let of_thing = rest.iter().any(|word| tables.things.contains(*word));
        for promise in promises {
            let mut strength = promise.strength;
            let is_generic_name =
                promise.strength == Strength::Hint && matches!(promise.detector, FirstName | LastName | FullName);
            if is_generic_name && of_thing {
                continue;
            }
            let says_name = words.get(range.clone()).is_some_and(|words| {
                words.iter().any(|word| matches!(word.as_str(), "name" | "имя" | "nom" | "nombre" | "nome" | "naam"))
            });
            if promise.detector == FullName && says_name && (person_in_column || (person_table && rest.is_empty())) {
                strength = Strength::Sure;
            }
            let is_own = matches!(promise.detector, Token | Passport | NationalId | UserName | Email);
            if is_reference && (!is_own || promise.detector == Email) {
                strength = Strength::Hint;
            }
            if found.harmless && strength == Strength::Hint {
                continue;
            }
            found.add(promise.detector, strength);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sure(table: &str, column: &str) -> Vec<Detector> {
        let promises = of_column(table, column).promises;
        promises.iter().filter(|promise| promise.strength == Strength::Sure).map(|promise| promise.detector).collect()
    }

    #[test]
    fn names_are_parted_into_words() {
        assert_eq!(tokens("customerEMailAddress2"), ["customer", "e", "mail", "address", "2"]);
        assert_eq!(tokens("USER_NAME"), ["user", "name"]);
        assert_eq!(tokens("HTTPUserAgent"), ["http", "user", "agent"]);
        assert_eq!(tokens("ДатаРождения"), ["дата", "рождения"]);
        assert_eq!(tokens("Straße"), ["strasse"]);
        assert_eq!(tokens("--"), Vec::<String>::new());
    }

    #[test]
    fn names_of_many_languages_are_enough() {
        for (column, detector) in [
            ("email", Email),
            ("customerEmail", Email),
            ("e_mail", Email),
            ("электронная_почта", Email),
            ("courriel", Email),
            ("correo_electronico", Email),
            ("phone_number", Phone),
            ("mobile", Phone),
            ("телефон", Phone),
            ("handynummer", Phone),
            ("telemovel", Phone),
            ("first_name", FirstName),
            ("vorname", FirstName),
            ("Prénom", FirstName),
            ("отчество", FirstName),
            ("otchestvo", FirstName),
            ("surname", LastName),
            ("nachname", LastName),
            ("apellido_paterno", LastName),
            ("sobrenome", LastName),
            ("фамилия", LastName),
            ("fio", FullName),
            ("nome_completo", FullName),
            ("contact_person", FullName),
            ("passport_series", Passport),
            ("reisepassnummer", Passport),
            ("dob", BirthDate),
            ("geburtsdatum", BirthDate),
            ("date_naissance", BirthDate),
            ("fecha_nacimiento", BirthDate),
            ("data_nascimento", BirthDate),
            ("дата_рождения", BirthDate),
            ("strasse", StreetAddress),
            ("billing_address", StreetAddress),
            ("logradouro", StreetAddress),
            ("plz", Postcode),
            ("zip", Postcode),
            ("cpf", BrCpf),
            ("snils", RuSnils),
            ("inn", RuInn),
            ("ssn", UsSsn),
            ("steuer_id", NationalId),
            ("password_hash", PasswordHash),
            ("mot_de_passe", Password),
            ("last_login_ip", IpAddress),
            ("user_agent", UserAgent),
            ("latitude", Coordinates),
            ("cvv", CardSecurityCode),
            ("card_number", PaymentCard),
        ] {
            assert!(sure("t", column).contains(&detector), "{column}: {:?}", of_column("t", column));
        }
    }

    #[test]
    fn flags_counts_and_names_of_things_promise_nothing() {
        for column in [
            "email_verified",
            "is_email_confirmed",
            "phone_type",
            "password_changed_at",
            "email_template",
            "file_name",
            "product_name",
            "token_expires_at",
            "address_count",
            "order_number",
            "id",
            "created_at",
            "status",
            "city_name_length",
            "password_policy",
        ] {
            assert_eq!(sure("t", column), [], "{column}");
        }
        assert_eq!(of_column("products", "name").strength(FullName), Some(Strength::Hint));
        assert_eq!(of_column("customers", "name").strength(FullName), Some(Strength::Sure));
        assert_eq!(of_column("products", "product_name").strength(FullName), None);
        assert_eq!(of_column("orders", "phone_id").strength(Phone), Some(Strength::Hint));
    }
}
