-- The demo's helpers: chance that is a function of (key, salt), so that one seed always gives the same house,
-- and the words that its people and streets are made of. Loaded only into databases made for demo or test.

-- A number in [0, 1) for this key and this question.
create or replace function domovoi.demo_rnd(k bigint, salt bigint) returns float8
language sql immutable parallel safe as
$$ select (hashint8extended(k, salt) & 4503599627370495)::float8 / 4503599627370496 $$;

create or replace function domovoi.demo_pick(words text[], r float8) returns text
language sql immutable parallel safe as
$$ select words[1 + floor(r * cardinality(words))::int] $$;

create or replace function domovoi.demo_uuid(kind text, n bigint, seed int) returns uuid
language sql immutable parallel safe as
$$ select md5(kind || ':' || seed || ':' || n)::uuid $$;

create or replace function domovoi.demo_words(what text) returns text[]
language sql immutable as $$
  select string_to_array(case what
    when 'ru_last' then 'Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков '
      'Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев '
      'Соловьёв Борисов Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов Александров Дмитриев Королёв Гусев '
      'Киселёв Ильин Максимов Поляков Сорокин Виноградов Ковалёв Белов Медведев Антонов Тарасов Жуков Баранов Филиппов '
      'Комаров Давыдов Беляев Герасимов Богданов Осипов Сидоров'
    when 'ru_first_m' then 'Александр Сергей Дмитрий Алексей Андрей Максим Евгений Иван Михаил Артём Николай Денис Павел '
      'Роман Владимир Константин Виктор Олег Юрий Кирилл Игорь Антон Пётр Фёдор Семён Глеб Лев Матвей Тимофей Ярослав'
    when 'ru_first_f' then 'Елена Ольга Наталья Анна Екатерина Ирина Татьяна Мария Светлана Юлия Марина Алёна Виктория '
      'Дарья Ксения Полина Анастасия Вера Надежда Любовь Галина Людмила Валентина София Алиса Варвара Кристина Яна Инна Нина'
    when 'ru_middle' then 'Александров Сергеев Дмитриев Алексеев Андреев Михайлов Николаев Иванов Павлов Викторов Олегов '
      'Петров Фёдоров Романов Антонов Максимов Денисов Владимиров Борисов Степанов'
    when 'kk_last' then 'Ахметов Нұрпейісов Сейтқалиев Әбдірахманов Жұмабаев Оспанов Ибраев Сүлейменов Тоқаев Қасымов '
      'Бекмұратов Ержанов Мұқанов Сәтбаев Досанов Әлімжанов Байжанов Темірханов Құсайынов Смағұлов Жақсыбеков Есімов '
      'Қалиев Рахымов Әуезов Бөкейханов Дүйсенов Исабеков Кенжебаев Мырзахметов Нұрғалиев Омаров Сағындықов Тілеубаев '
      'Шаймерденов Ысқақов Іңкәрбаев Айтбаев Балтабаев Жандосов'
    when 'kk_first_m' then 'Нұрлан Ерлан Арман Дәурен Әлихан Санжар Бауыржан Қайрат Серік Мұрат Асқар Данияр Тимур Рүстем '
      'Жандос Ержан Абай Мейірхан Олжас Айдос Берік Талғат Ғалым Қуаныш Дархан Нұржан Ілияс Азамат Бекзат Темірлан'
    when 'kk_first_f' then 'Айгүл Динара Айжан Мәдина Әсел Гүлнар Жанар Сәуле Аружан Томирис Ақерке Балжан Назерке Ұлжан '
      'Қарлығаш Гүлмира Айнұр Меруерт Ботагөз Жұлдыз Камила Әйгерім Перизат Еңлік Сания Шолпан Фариза Індіра Лаура Аяулым'
    when 'kk_middle' then 'Нұрлан Ерлан Серік Мұрат Қайрат Асқар Болат Марат Абай Берік Талғат Ғалым Қуаныш Бекзат Сәкен '
      'Ермек Тоқтар Амангелді Жеңіс Бақыт'
    when 'uz_last' then 'Karimov Rahimov Toʻrayev Yusupov Abdullayev Saidov Ismoilov Normatov Xolmatov Qodirov Ergashev '
      'Nazarov Mirzayev Tursunov Oripov Sobirov Gʻulomov Jalilov Usmonov Hakimov Boboyev Joʻrayev Aliyev Umarov Rustamov '
      'Sultonov Mahmudov Azimov Xudoyberdiyev Salimov'
    when 'uz_first_m' then 'Jasur Otabek Sherzod Bobur Dilshod Ulugʻbek Aziz Sardor Javohir Farrux Rustam Alisher Doston '
      'Islom Shoxrux Temur Nodir Bekzod Oybek Jamshid'
    when 'uz_first_f' then 'Dilnoza Gulnora Malika Nilufar Zulfiya Madina Shahnoza Feruza Kamola Sevara Nargiza Dildora '
      'Oʻgʻiloy Mohira Lola Barno Yulduz Ziyoda Umida Nodira'
    else '' end, ' ')
$$;

-- Words with spaces in them: separated by '|'.
create or replace function domovoi.demo_phrases(what text) returns text[]
language sql immutable as $$
  select string_to_array(case what
    when 'org' then 'Астана Девелопмент|КазСтройСервис|Нұр Логистика|Altyn Trade|Сарыарка Энерго|Степной ветер|Toshkent Savdo|'
      'Евразия Консалт|Байтерек Медиа|Алатау Ресурс|Ақ Орда Групп|Есіл Су|Полюс|Северный терминал|Silk Road Tech|Жібек Жолы Тур'
    when 'astana_complex' then 'Хайвилл|Зелёный квартал|Expo Plaza|Северное сияние|Лазурный квартал|Триумф Астаны|Нурсая|'
      'Инфинити|Европолис|Гранд Астана|Сенатор|Арман Қала|Ақ Бұлақ|Көктем|Времена года|Жағалау|Олимп|Парк Авеню|'
      'Сарыарка Сити|Байтерек Резиденс|Москва|Барселона|Qaztower|Эмеральд'
    when 'astana_almaty' then 'пр. Абылай хана|пр. Тәуелсіздік|ул. Жумабаева|ул. Момышулы|ул. Петрова|ул. Мирзояна'
    when 'astana_baikonur' then 'пр. Республики|ул. Кенесары|ул. Сейфуллина|ул. Иманова|ул. Валиханова|ул. Янушкевича'
    when 'astana_esil' then 'пр. Мәңгілік Ел|пр. Кабанбай батыра|ул. Сығанақ|ул. Достық|пр. Туран|ул. Сауран'
    when 'astana_saryarka' then 'пр. Сарыарка|пр. Богенбай батыра|ул. Бейбітшілік|пр. Женис|ул. Кажымукана|ул. Ташенова'
    when 'tashkent' then 'Amir Temur shoh koʻchasi|Shota Rustaveli koʻchasi|Navoiy koʻchasi|Bunyodkor shoh koʻchasi|'
      'Mirzo Ulugʻbek koʻchasi|Oybek koʻchasi|Mustaqillik shoh koʻchasi|Yunusobod koʻchasi'
    when 'piter' then 'Невский пр.|ул. Рубинштейна|Литейный пр.|наб. реки Фонтанки|ул. Марата|Каменноостровский пр.|'
      'Большой пр. В. О.|ул. Восстания'
    when 'comment' then 'Поздний заезд, после 22:00|Просит детскую кроватку|Нужны закрывающие документы|Тихая сторона|'
      'Приедут с собакой|Ранний заезд, если получится|Кешірек келеді|Құжаттар керек|Kech keladi'
    else '' end, '|')
$$;
